"""The advanced level without a face: one person proposes, another decides."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.member import Member


class LevelReview(models.Model):
    """`evidence` names the record of what was seen (`COUNTER-2026-0042`), never a person's data."""

    class Reason(models.TextChoices):
        NO_FACE = "no_face", _("the member does not want, or is not able, to be checked by face")
        CAMERA = "camera", _("no phone with a camera that is good enough")
        UNDECIDED = "undecided", _("the face check came to no decision")

    class Decision(models.TextChoices):
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    member = models.ForeignKey(Member, models.PROTECT, related_name="level_reviews", verbose_name=_("member"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    evidence = models.CharField(_("record of the evidence"), max_length=60)
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    proposed_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), db_default=Now())
    decision = models.CharField(_("decision"), max_length=8, choices=Decision, blank=True)
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("review of a level")
        verbose_name_plural = _("reviews of levels")
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=models.Q(decision=""), name="level_review_one_open"),
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by=None, decided_at=None)
                | ~models.Q(decision="")
                & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decided_by=models.F("proposed_by")),
                name="level_review_takes_two",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="only_decided", exclude=["decision", "decided_by", "decided_at"]),
            pgtrigger.Protect(
                name="decided_stays", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__decision="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.reason}"
