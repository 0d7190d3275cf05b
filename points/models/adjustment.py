"""Points that staff give or take by hand, and who stands for it."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.fields import SealedTextField
from members.models import Member
from points.models.posting import Posting

#: Points that one person books without a second (members/catalogue: earning_rules.csv, care.commitment_missed).
ALONE = 300
SCOPE = "adjustment"

# The posting under the adjustment's own key, which moves so many points, or undoes the one that is taken back: of what
# has expired since, nothing is taken.
ITS_OWN_POSTING = f"""
    IF NOT EXISTS (SELECT FROM points_posting posting
                   WHERE id = NEW.posting_id AND scope = '{SCOPE}' AND key = NEW.id::text AND CASE
                       WHEN NEW.takes_back_id IS NULL THEN kind = 'adjust' AND EXISTS (
                           SELECT FROM points_entry
                           WHERE posting_id = posting.id AND system IS NOT NULL AND amount = -NEW.points)
                       ELSE kind = 'reverse' AND undoes_id = (
                           SELECT posting_id FROM points_pointadjustment WHERE id = NEW.takes_back_id)
                   END) THEN
        RAISE EXCEPTION 'an adjustment is booked under its own key' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""  # noqa: S608 constants
# Parentheses around the whole: PostgreSQL wants them, and pgtrigger takes the first and the last for them.
SETTLED_ANEW = """(
    (OLD.approved IS NOT NULL OR OLD.posting_id IS NOT NULL)
    AND (NEW.approved, NEW.decided_by_id, NEW.decided_at, NEW.posting_id)
        IS DISTINCT FROM (OLD.approved, OLD.decided_by_id, OLD.decided_at, OLD.posting_id)
)"""


class PointAdjustmentQuerySet(models.QuerySet["PointAdjustment"]):
    def waiting(self) -> "PointAdjustmentQuerySet":
        """For a second person."""
        return self.filter(approved=None, posting=None)

    def booked_alone(self) -> "PointAdjustmentQuerySet":
        return self.filter(approved=None, posting__isnull=False)


class PointAdjustment(models.Model):
    """`points` given or, negative, taken. `approved`: what a second person said, null where nobody was asked (yet).

    `takes_back`: the adjustment that this one undoes. `request_id`: of the form, so that one sent twice is one.
    `note` may say who was wronged and how: sealed, and erased with the member's account.
    """

    class Reason(models.TextChoices):
        GOODWILL = "goodwill", _("goodwill")
        FAULT = "fault", _("a technical fault")
        WRONG_BOOKING = "wrong_booking", _("a wrong booking")
        PROMOTION = "promotion", _("a promotion, booked by hand")
        FRAUD = "fraud", _("fraud")
        OTHER = "other", _("something else, as the note says")

        @property
        def is_told(self) -> bool:
            """Whether the member reads it: what staff suspect, or note, is not for them."""
            return self not in (PointAdjustment.Reason.FRAUD, PointAdjustment.Reason.OTHER)

    member = models.ForeignKey(Member, models.PROTECT, related_name="point_adjustments", verbose_name=_("member"))
    points = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = SealedTextField(_("note"), null=True)
    takes_back = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="taken_back_by", verbose_name=_("takes back")
    )
    request_id = models.UUIDField(unique=True)
    proposed_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), db_default=Now())
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    approved = models.BooleanField(_("approved"), null=True)
    posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="adjustment")

    objects = PointAdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        permissions = [("decide_pointadjustment", _("Can decide about adjustments of points"))]
        constraints = [
            models.CheckConstraint(condition=~models.Q(points=0), name="points_adjustment_moves_points"),
            models.CheckConstraint(
                condition=models.Q(approved=None, decided_by=None, decided_at=None, posting=None)
                | models.Q(
                    approved=None,
                    decided_by=None,
                    decided_at=None,
                    posting__isnull=False,
                    takes_back=None,
                    points__range=(-ALONE, ALONE),
                )
                | models.Q(approved=True, decided_by__isnull=False, decided_at__isnull=False, posting__isnull=False)
                | models.Q(approved=False, decided_by__isnull=False, decided_at__isnull=False, posting=None),
                name="points_adjustment_booked_when_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("proposed_by"))
                & ~models.Q(decided_by=models.F("member"))
                & ~models.Q(proposed_by=models.F("member")),
                name="points_adjustment_nobodys_own",
            ),
            models.CheckConstraint(
                condition=models.Q(takes_back=None) | models.Q(points__lt=0), name="points_adjustment_takes_back_a_gift"
            ),
            models.UniqueConstraint(
                fields=["takes_back"],
                condition=models.Q(approved=None) | models.Q(approved=True),
                name="points_adjustment_taken_back_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["proposed_at"],
                condition=models.Q(approved=None, posting=None),
                name="points_adjustment_waiting",
            ),
            models.Index(fields=["proposed_by", "proposed_at"], name="points_adjustment_by_proposer"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="only_decided", exclude=["decided_by", "decided_at", "approved", "posting", "note"]
            ),
            pgtrigger.Protect(
                name="decided_stays", operation=pgtrigger.Update, condition=pgtrigger.Condition(SETTLED_ANEW)
            ),
            pgtrigger.Protect(
                name="note_only_erased",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.note IS NOT NULL AND NEW.note IS DISTINCT FROM OLD.note"),
            ),
            pgtrigger.Trigger(
                name="its_own_posting",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.posting_id IS NOT NULL"),
                func=ITS_OWN_POSTING,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d} {self.reason}"

    @property
    def waits(self) -> bool:
        return self.approved is None and self.posting_id is None
