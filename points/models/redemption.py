"""A member's request for a reward, from the asking to the end."""

import uuid
from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.fields import SealedTextField
from members.models import Member
from points.models.charity import CharityProject
from points.models.hold import TOGETHER, Hold
from points.models.protection import never_emptied
from points.models.reward import Reward

# Asked at the commit, as of the hold.
ENDS_WITH_ITS_HOLD = f"""
    IF NOT EXISTS (SELECT FROM points_redemption redemption JOIN points_hold hold ON hold.id = hold_id
                   WHERE redemption.id = NEW.id AND {TOGETHER}) THEN
        RAISE EXCEPTION 'redemption % and its hold do not end together', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# What was approved, and no code that can still be used where all was given back; whoever writes.
GIVEN_BACK_BY_TWO = """
    IF EXISTS (
        SELECT FROM points_redemption redemption WHERE id = NEW.id AND (
            given_back <> (SELECT coalesce(sum(points), 0) FROM points_givingback
                           WHERE redemption_id = NEW.id AND state = 'approved')
            OR given_back = points AND EXISTS (SELECT FROM points_vouchercode
                                               WHERE redemption_id = NEW.id AND state = 'assigned')
        )
    ) THEN
        RAISE EXCEPTION 'of redemption % other points are given back than two have agreed to, or its code with them',
            NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    def of(self, member: Member) -> "RedemptionQuerySet":
        return self.filter(member=member)

    def counted(self) -> "RedemptionQuerySet":
        """What a limit counts: not what came to nothing."""
        came_to_nothing = models.Q(state__in=[Redemption.State.FAILED, Redemption.State.CANCELLED])
        return self.exclude(came_to_nothing | models.Q(given_back=models.F("points")))

    def open(self) -> "RedemptionQuerySet":
        return self.filter(state__in=Redemption.OPEN)

    def due(self, *, at: datetime) -> "RedemptionQuerySet":
        """Something is to be done, and nobody is about it."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lte=at)
        return self.open().filter(free, next_try_at__lte=at)


class Redemption(models.Model):
    """`points` are set aside by `hold` until the reward is delivered (then they are taken) or will not be.

    `request_key`: the caller's behind the member's number, so that a double click is one redemption. `is_of_stock`: it
    was taken from the reward's stock. `reference`: ours, by which a provider knows
    one order from another. `effective_at`: from then on it goes ahead (the terms of `points.redeem` may hold it back).
    `ordered_at`: since then an order may have reached the provider; None while it certainly has not.
    `lease_until`: until then a worker speaks with the provider. `problem`: what the provider last said, as a code.
    `given_back`: so many of its points the member has again after it was delivered (GivingBack).
    """

    class State(models.TextChoices):
        ASKED = "asked", _("held back for a while")
        FULFILLING = "fulfilling", _("on its way")
        DOUBTFUL = "doubtful", _("being looked into")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed, points given back")
        CANCELLED = "cancelled", _("called off, points given back")

    class Failure(models.TextChoices):
        REFUSED = "refused", _("the provider refused it")
        UNREACHABLE = "unreachable", _("the provider could not be reached")
        BY_STAFF = "by_staff", _("settled by staff")

    OPEN = (State.ASKED, State.FULFILLING, State.DOUBTFUL)

    member = models.ForeignKey(Member, models.PROTECT, related_name="redemptions", verbose_name=_("member"))
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="redemptions", verbose_name=_("reward"))
    request_key = models.CharField(max_length=200)
    reference = models.UUIDField(_("our reference"), default=uuid.uuid4, unique=True, editable=False)
    points = models.BigIntegerField(_("points"))
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="redemption")
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    mobile = SealedTextField(_("mobile number"), null=True, blank=True)
    project = models.ForeignKey(
        CharityProject, models.PROTECT, null=True, related_name="redemptions", verbose_name=_("project")
    )
    is_of_stock = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=10, choices=State)
    asked_at = models.DateTimeField(_("asked for"), db_default=Now())
    effective_at = models.DateTimeField(_("goes ahead from"))
    ordered_at = models.DateTimeField(_("ordered"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), null=True)
    lease_until = models.DateTimeField(null=True)
    problem = models.CharField(_("last answer"), max_length=100, blank=True)
    provider_reference = models.CharField(_("provider's reference"), max_length=100, blank=True)
    good_until = models.DateField(_("good until"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    failure = models.CharField(_("why it failed"), max_length=12, choices=Failure, blank=True)
    settled_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by"))
    settled_because = models.CharField(_("reason"), max_length=500, blank=True)
    given_back = models.BigIntegerField(_("points given back"), default=0)

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        default_permissions = ("view",)
        permissions = [("settle_redemption", _("Can settle redemptions in doubt"))]
        constraints = [
            models.UniqueConstraint(fields=["member", "request_key"], name="points_redemption_once"),
            models.CheckConstraint(condition=models.Q(points__gt=0), name="points_redemption_has_points"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["asked", "fulfilling", "doubtful"], ended_at=None, next_try_at__isnull=False
                )
                | models.Q(
                    state__in=["delivered", "failed", "cancelled"],
                    ended_at__isnull=False,
                    next_try_at=None,
                    lease_until=None,
                ),
                name="points_redemption_ends_or_goes_on",
            ),
            models.CheckConstraint(
                condition=models.Q(state="failed") & ~models.Q(failure="")
                | ~models.Q(state="failed") & models.Q(failure=""),
                name="points_redemption_failed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_by=None, settled_because="")
                | models.Q(settled_by__isnull=False, state__in=["delivered", "failed"]) & ~models.Q(settled_because=""),
                name="points_redemption_settled_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="asked") | models.Q(ordered_at=None, attempts=0),
                name="points_redemption_asked_is_not_ordered",
            ),
            models.CheckConstraint(
                condition=models.Q(given_back=0)
                | models.Q(state="delivered", given_back__gt=0, given_back__lte=models.F("points")),
                name="points_redemption_gives_back_what_it_took",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "reward", "asked_at"], name="points_redemption_counted"),
            models.Index(fields=["member", "-asked_at"], name="points_redemption_newest"),
            models.Index(
                fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="points_redemption_due"
            ),
            models.Index(fields=["asked_at"], condition=models.Q(state="doubtful"), name="points_redemption_doubtful"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IN ('delivered', 'failed', 'cancelled') AND NEW.state IS DISTINCT FROM OLD.state"
                    " OR NEW.state = 'asked' AND OLD.state <> 'asked'"
                    " OR NEW.state = 'fulfilling' AND OLD.state = 'doubtful'"
                    " OR NEW.state = 'cancelled' AND OLD.state <> 'cancelled'"
                    " AND (OLD.state NOT IN ('asked', 'fulfilling') OR OLD.ordered_at IS NOT NULL)"
                ),
            ),
            # The member changes when two accounts become one; the number goes when the account is erased.
            pgtrigger.Protect(
                name="keeps_its_terms",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((NEW.reward_id, NEW.request_key, NEW.reference, NEW.points, NEW.hold_id, NEW.project_id,"
                    " NEW.effective_at) IS DISTINCT FROM (OLD.reward_id, OLD.request_key, OLD.reference, OLD.points,"
                    " OLD.hold_id, OLD.project_id, OLD.effective_at)"
                    " OR NEW.mobile IS NOT NULL AND NEW.mobile IS DISTINCT FROM OLD.mobile)"
                ),
            ),
            pgtrigger.Protect(
                name="keeps_how_it_ended",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.failure, NEW.provider_reference, NEW.good_until,"
                    " NEW.settled_by_id, NEW.settled_because) IS DISTINCT FROM (OLD.ended_at, OLD.failure,"
                    " OLD.provider_reference, OLD.good_until, OLD.settled_by_id, OLD.settled_because)"
                ),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
            pgtrigger.Trigger(
                name="begins_with_its_hold",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=ENDS_WITH_ITS_HOLD,
            ),
            pgtrigger.Trigger(
                name="ends_with_its_hold",
                operation=pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=ENDS_WITH_ITS_HOLD,
            ),
            pgtrigger.Protect(
                name="begins_with_nothing_given_back",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.given_back <> 0"),
            ),
            pgtrigger.Trigger(
                name="given_back_by_two",
                operation=pgtrigger.UpdateOf("given_back"),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=GIVEN_BACK_BY_TWO,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reward_id} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def may_be_called_off(self) -> bool:
        """It is certain that no order has reached a provider; asked of a locked one, it stays so."""
        return self.state in (self.State.ASKED, self.State.FULFILLING) and self.ordered_at is None

    @property
    def is_given_back(self) -> bool:
        """All of it."""
        return self.given_back == self.points

    @property
    def left_to_give_back(self) -> int:
        """In points; none of what was not delivered."""
        return self.points - self.given_back if self.state == self.State.DELIVERED else 0
