"""What a member agreed to, in which words, when, and since when no longer."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.customer import Customer, Language
from members.models.member import Member


class ConsentQuerySet(models.QuerySet["Consent"]):
    def live(self) -> "ConsentQuerySet":
        return self.filter(ended_at=None)

    def of_guardian(self, guardian: Member) -> "ConsentQuerySet":
        """What this member agreed to for children, and has not taken back."""
        return self.live().filter(kind=Consent.Kind.GUARDIAN, guardian__isnull=False, guardian=guardian.customer_id)


class Consent(models.Model):
    """One consent to one text. `text_hash` proves the words (members.consents); nothing but its end ever changes.

    PIPL art. 14 and 15: informed, separate, for one purpose, and as easily withdrawn as given. `guardian` is the
    adult who consents for a child under 14 (art. 31).
    """

    class Kind(models.TextChoices):
        TERMS = "terms", _("terms of membership")
        PRIVACY = "privacy", _("how we handle personal information")
        FACE = "face", _("face data")
        GUARDIAN = "guardian", _("a child's account")
        MARKETING_SMS = "marketing_sms", _("reminders and offers by text message")
        MARKETING_WECHAT = "marketing_wechat", _("reminders and offers by WeChat")
        MARKETING_APP = "marketing_app", _("reminders and offers in the app")
        MARKETING_EMAIL = "marketing_email", _("reminders and offers by e-mail")

    class Ending(models.TextChoices):
        WITHDRAWN = "withdrawn", _("withdrawn")
        SUPERSEDED = "superseded", _("another consent took its place")
        MERGED = "merged", _("moved to the account that was kept")
        CLOSED = "closed", _("account closed")

    member = models.ForeignKey(Member, models.PROTECT, related_name="consents", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    version = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=10, choices=Language)
    text_hash = models.BinaryField(max_length=32)
    given_at = models.DateTimeField(_("given"), db_default=Now())
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("by staff"))
    guardian = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+", verbose_name=_("guardian"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    ending = models.CharField(_("why ended"), max_length=10, choices=Ending, blank=True)
    ended_entrance = models.CharField(_("entrance of the end"), max_length=10, choices=Entrance, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind"], condition=models.Q(ended_at=None), name="consent_one_live_of_a_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ending="", ended_entrance="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ending="") & ~models.Q(ended_entrance=""),
                name="consent_ends_with_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="guardian") | models.Q(guardian__isnull=False) | models.Q(by__isnull=False),
                name="consent_for_a_child_by_an_adult",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="only_ended", exclude=["ended_at", "ending", "ended_entrance"]),
            pgtrigger.Protect(
                name="ended_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__ended_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} {self.version}"
