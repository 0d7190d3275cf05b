"""How sure the platform is of who a member is: grants that begin, end, and are never changed."""

from datetime import datetime, timedelta

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.member import Member

#: Faces age, phones change hands: the advanced level is proved anew every year (issue: "expires after 12 months").
ADVANCED_LASTS = timedelta(days=365)


class Level(models.IntegerChoices):
    """Every active account is registered; the others are granted."""

    REGISTERED = 1, _("registered")
    VERIFIED = 2, _("verified")
    ADVANCED = 3, _("advanced")


class LevelGrantQuerySet(models.QuerySet["LevelGrant"]):
    def live(self, at: datetime | None = None) -> "LevelGrantQuerySet":
        moment = at or timezone.now()
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=moment)
        return self.filter(unexpired, revoked_at=None, granted_at__lte=moment)


class LevelGrant(models.Model):
    """A level given to a member, why, for how long. Ended by revocation, once; nothing else of it ever changes.

    `evidence` names what proved it (`face_session:12`), never a person's data. By hand, the advanced level takes two
    people; the database insists.
    """

    class Method(models.TextChoices):
        IDENTITY_MATCH = "identity_match", _("name, document and phone match the insurer's record")
        FACE = "face", _("face match")
        REVIEW = "review", _("reviewed by two people")
        IN_PERSON = "in_person", _("document shown at the counter or in a video call")

    class Revocation(models.TextChoices):
        CONSENT_WITHDRAWN = "consent_withdrawn", _("consent to face data withdrawn")
        PHONE_REASSIGNED = "phone_reassigned", _("the phone number is lost, or somebody else's by now")
        RELINKED = "relinked", _("the account now belongs to another customer record")
        FRAUD = "fraud", _("suspicion of fraud")
        MERGED = "merged", _("merged into another account")
        CLOSED = "closed", _("account closed")

    member = models.ForeignKey(Member, models.PROTECT, related_name="level_grants", verbose_name=_("member"))
    level = models.SmallIntegerField(_("level"), choices=Level)
    method = models.CharField(_("method"), max_length=20, choices=Method)
    evidence = models.CharField(_("evidence"), max_length=100)
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    granted_at = models.DateTimeField(_("granted"), db_default=Now())
    granted_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("granted by"))
    seconded_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("seconded by"))
    expires_at = models.DateTimeField(_("expires"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    revocation = models.CharField(_("why revoked"), max_length=20, choices=Revocation, blank=True)
    revoked_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("revoked by"))

    objects = LevelGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("level grant")
        verbose_name_plural = _("level grants")
        indexes = [
            models.Index(fields=["member", "level"], name="level_grant_live", condition=models.Q(revoked_at=None))
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__in=[Level.VERIFIED, Level.ADVANCED]), name="level_granted"
            ),
            models.CheckConstraint(
                condition=~models.Q(level=Level.ADVANCED)
                | models.Q(expires_at__lte=models.F("granted_at") + ADVANCED_LASTS, expires_at__isnull=False),
                name="level_advanced_expires",
            ),
            models.CheckConstraint(
                condition=~models.Q(level=Level.ADVANCED) | ~models.Q(method="identity_match"),
                name="level_advanced_by_face_or_people",
            ),
            models.CheckConstraint(
                condition=models.Q(method__in=["identity_match", "face"], granted_by=None, seconded_by=None)
                | models.Q(method__in=["review", "in_person"], granted_by__isnull=False)
                & (
                    models.Q(level=Level.VERIFIED)
                    | models.Q(seconded_by__isnull=False) & ~models.Q(granted_by=models.F("seconded_by"))
                ),
                name="level_by_hand_takes_two",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revocation="")
                | ~models.Q(revoked_at=None) & ~models.Q(revocation=""),
                name="level_revoked_with_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="only_revoked", exclude=["revoked_at", "revocation", "revoked_by"]),
            pgtrigger.Protect(
                name="revoked_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__revoked_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.get_level_display()} {self.method}"
