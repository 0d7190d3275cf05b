"""Points of a delivered reward that staff give back, and who stands for it."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.fields import SealedTextField
from members.models import Member
from points.models.posting import Posting
from points.models.protection import never_emptied
from points.models.redemption import Redemption

SCOPE = "giving_back"

OF_SOMETHING_DELIVERED_TO_ANOTHER = """
    IF NOT EXISTS (SELECT FROM points_redemption WHERE id = NEW.redemption_id AND state = 'delivered'
                   AND member_id NOT IN (NEW.proposed_by_id, coalesce(NEW.decided_by_id, 0))) THEN
        RAISE EXCEPTION 'what was delivered is given back, and by nobody to themselves'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
# The posting under its own key, which gives back so many points of this very redemption.
ITS_OWN_POSTING = f"""
    IF NOT EXISTS (SELECT FROM points_posting posting
                   JOIN points_hold hold ON hold.posting_id = posting.undoes_id
                   JOIN points_redemption redemption ON redemption.hold_id = hold.id
                   JOIN points_entry entry ON entry.posting_id = posting.id AND entry.system IS NOT NULL
                   WHERE posting.id = NEW.posting_id AND posting.kind = 'refund' AND posting.scope = '{SCOPE}'
                   AND posting.key = NEW.id::text AND redemption.id = NEW.redemption_id
                   AND entry.amount = -NEW.points) THEN
        RAISE EXCEPTION 'what is given back is booked under its own key' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
ADD_UP = """
    UPDATE points_redemption SET given_back = given_back + NEW.points WHERE id = NEW.redemption_id;
    RETURN NULL;
"""


class GivingBack(models.Model):
    """`points` of a redemption, all or a part, proposed by one of the staff and decided by another, whatever they are.

    `request_id`: of the form, so that one sent twice is one. `note` may say what the member told: sealed, and erased
    with their account.
    """

    class Reason(models.TextChoices):
        NOT_DELIVERED = "not_delivered", _("it did not arrive")
        NO_GOOD = "no_good", _("it did not work")
        CALLED_OFF = "called_off", _("called off in time")
        BOOKED_TWICE = "booked_twice", _("booked twice")
        OTHER = "other", _("something else, as the note says")

        @property
        def is_told(self) -> bool:
            """Whether the member reads it: what staff note is not for them."""
            return self is not GivingBack.Reason.OTHER

        @property
        def leaves_it_unused(self) -> bool:
            """Whether somebody else can have what is given back. Of the others, the provider has been paid for it, or
            nobody knows: whoever finds out sets the stock anew."""
            return self is GivingBack.Reason.CALLED_OFF

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for a second person")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    redemption = models.ForeignKey(
        Redemption, models.PROTECT, related_name="givings_back", verbose_name=_("redemption")
    )
    points = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = SealedTextField(_("note"), null=True)
    request_id = models.UUIDField(unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), db_default=Now())
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.TextField(_("remark on the decision"), blank=True)
    posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="giving_back")

    class Meta:
        verbose_name = _("giving back")
        verbose_name_plural = _("givings back")
        default_permissions = ("add",)
        permissions = [("decide_givingback", _("Can decide what is given back of rewards"))]
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="points_giving_back_has_points"),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_by=None, decided_at=None, posting=None)
                | models.Q(state="approved", decided_by__isnull=False, decided_at__isnull=False, posting__isnull=False)
                | models.Q(state="rejected", decided_by__isnull=False, decided_at__isnull=False, posting=None),
                name="points_giving_back_booked_when_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("proposed_by")), name="points_giving_back_takes_two"
            ),
            models.UniqueConstraint(
                fields=["redemption"], condition=models.Q(state="proposed"), name="points_giving_back_one_open"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
            pgtrigger.Protect(
                name="begins_proposed",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.state <> 'proposed'"),
            ),
            pgtrigger.ReadOnly(
                name="only_decided", exclude=["state", "decided_by", "decided_at", "remark", "posting", "note"]
            ),
            pgtrigger.Protect(
                name="decided_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'proposed'"
                    " AND (NEW.state, NEW.decided_by_id, NEW.decided_at, NEW.remark, NEW.posting_id)"
                    " IS DISTINCT FROM (OLD.state, OLD.decided_by_id, OLD.decided_at, OLD.remark, OLD.posting_id)"
                ),
            ),
            pgtrigger.Protect(
                name="note_only_erased",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.note IS NOT NULL AND NEW.note IS DISTINCT FROM OLD.note"),
            ),
            pgtrigger.Trigger(
                name="delivered_to_another",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                func=OF_SOMETHING_DELIVERED_TO_ANOTHER,
            ),
            pgtrigger.Trigger(
                name="its_own_posting",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.posting_id IS DISTINCT FROM OLD.posting_id"),
                func=ITS_OWN_POSTING,
            ),
            pgtrigger.Trigger(
                name="add_up",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                condition=pgtrigger.Condition("NEW.state = 'approved' AND OLD.state = 'proposed'"),
                func=ADD_UP,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.redemption_id} {self.points} {self.state}"
