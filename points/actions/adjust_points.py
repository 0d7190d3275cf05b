"""Points by hand: small ones at once, others when a second person agrees."""

from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.db.models.functions import Abs
from django.utils import timezone

from members.actions.decide_policy_change import SamePerson
from members.actions.serve_member import must_serve
from members.models import Member
from members.queries import is_closed
from points.actions.lock_people import lock_kept_account, lock_people
from points.actions.post_batch import post_one
from points.actions.undo import reverse
from points.events import PointsAdjusted, points_adjusted
from points.models import PointAdjustment
from points.models.adjustment import ALONE, SCOPE
from points.queries import balance_of
from points.refusals import AccountEnded, InsufficientPoints, KeyConflict, NotReversible
from points.requests import Adjustment

PROPOSE, DECIDE = "add_pointadjustment", "decide_pointadjustment"
#: What somebody books alone counts for so long towards what they may book alone.
WITHIN = timedelta(hours=24)


class AdjustmentDecided(Exception):
    """Somebody was faster: `adjustment` says who, and how."""

    def __init__(self, adjustment: PointAdjustment) -> None:
        super().__init__(adjustment.pk)
        self.adjustment = adjustment


class AlreadyTakenBack(Exception):
    """It was, or somebody has proposed to."""


def propose_adjustment(
    *, member: Member, points: int, reason: PointAdjustment.Reason, note: str, request_id: UUID, by: Member
) -> PointAdjustment:
    """Gives `points` or, negative, takes them: at once where one person may, else when a second one approves.

    One person may book ALONE points, both signs counted, with all that they, and whoever else for this member, have
    booked alone within 24 hours. `request_id` again answers with what was made of it. Raises PermissionDenied,
    OwnAccount, AccountOfStaff, and LedgerRefusal: AccountEnded, KeyConflict, InsufficientPoints, and what
    Adjustment raises.
    """
    must_serve(by, PROPOSE, member, package="points")
    about = {"member_id": member.pk, "points": points, "reason": reason, "takes_back_id": None, "proposed_by_id": by.pk}
    if made := made_before(request_id, about):
        return made
    # What can't be booked at all isn't proposed either.
    Adjustment(member_id=member.pk, points=points, scope=SCOPE, key="0", reason=reason)
    try:
        with transaction.atomic():
            lock_people(member.pk, by.pk)
            require_open(member)
            require_enough(member, points)
            adjustment = PointAdjustment.objects.create(**about, note=note, request_id=request_id)
            if abs(points) + booked_alone(member, by) <= ALONE:
                fact = book(adjustment, by)
                adjustment.save(update_fields=["posting"])
                points_adjusted.send(PointsAdjusted, fact=fact)
            return adjustment
    except IntegrityError as fault:
        if "request_id" not in str(fault) or not (made := made_before(request_id, about)):
            raise
        return made


@transaction.atomic
def propose_taking_back(*, adjustment_id: int, note: str, request_id: UUID, by: Member) -> PointAdjustment:
    """Proposes to take back what an adjustment gave; always for a second person to decide. `request_id` again answers
    with what was made of it.

    Raises PermissionDenied, OwnAccount, AccountOfStaff, PointAdjustment.DoesNotExist, AlreadyTakenBack, and
    LedgerRefusal: KeyConflict, NotReversible (nothing was given), AccountEnded.
    """
    given = PointAdjustment.objects.select_related("member").get(pk=adjustment_id)
    must_serve(by, PROPOSE, given.member, package="points")
    # The form sent twice at once: the second waits for the member, and finds what the first made.
    member = Member.objects.get(pk=lock_kept_account(given.member_id))
    about = {
        "member_id": given.member_id,
        "points": -given.points,
        "reason": given.reason,
        "takes_back_id": given.pk,
        "proposed_by_id": by.pk,
    }
    if made := made_before(request_id, about):
        return made
    if given.posting_id is None or given.points < 0:
        raise NotReversible
    require_open(member)
    if given.taken_back_by.exclude(approved=False).exists():
        raise AlreadyTakenBack
    return PointAdjustment.objects.create(**about, note=note, request_id=request_id)


@transaction.atomic
def decide_adjustment(*, adjustment_id: int, approve: bool, by: Member) -> PointAdjustment:
    """Books a proposal, or refuses it. A proposal whose booking is refused stays open.

    Raises PermissionDenied, PointAdjustment.DoesNotExist, AdjustmentDecided, SamePerson, OwnAccount, AccountOfStaff,
    and LedgerRefusal, such as AccountEnded and InsufficientPoints.
    """
    if not by.has_perm(f"points.{DECIDE}"):
        raise PermissionDenied
    adjustment = PointAdjustment.objects.select_for_update(of=("self",)).select_related("member").get(pk=adjustment_id)
    if not adjustment.waits:
        raise AdjustmentDecided(adjustment)
    must_serve(by, DECIDE, adjustment.member, package="points")
    if adjustment.proposed_by_id == by.pk:
        raise SamePerson
    fact = book(adjustment, by) if approve else None
    adjustment.approved, adjustment.decided_by, adjustment.decided_at = approve, by, timezone.now()
    adjustment.save(update_fields=["approved", "decided_by", "decided_at", "posting"])
    if fact:
        points_adjusted.send(PointsAdjusted, fact=fact)
    return adjustment


def made_before(request_id: UUID, about: dict[str, object]) -> PointAdjustment | None:
    """Raises KeyConflict where something else was proposed by that form."""
    made = PointAdjustment.objects.filter(request_id=request_id).first()
    if made and any(getattr(made, name) != value for name, value in about.items()):
        raise KeyConflict
    return made


def require_open(member: Member) -> None:
    """Raises AccountEnded; a blocked account may be put right."""
    if is_closed(member):
        raise AccountEnded


def require_enough(member: Member, points: int) -> None:
    """Raises InsufficientPoints where more is to be taken than can be used now: nobody need decide about that. What is
    decided later is asked of the ledger again.
    """
    balance = balance_of(member.pk)
    if balance.available + points < 0:
        raise InsufficientPoints(available=balance.available, asked=-points, owed=balance.owed)


def booked_alone(member: Member, by: Member) -> int:
    """Points given and taken without a second person within 24 hours: by this one, or for this member, the larger."""
    booked = PointAdjustment.objects.booked_alone().filter(proposed_at__gt=timezone.now() - WITHIN)
    sums = booked.filter(Q(proposed_by=by) | Q(member=member)).aggregate(
        by=Sum(Abs("points"), filter=Q(proposed_by=by), default=0),
        of=Sum(Abs("points"), filter=Q(member=member), default=0),
    )
    return max(sums.values())


def book(adjustment: PointAdjustment, by: Member) -> PointsAdjusted:
    """Books it, of an account that was merged into another there; the caller saves it and tells what is returned.

    Raises AccountEnded, LedgerRefusal.
    """
    member_id = lock_kept_account(adjustment.member_id)
    require_open(Member.objects.get(pk=member_id))
    key, reason = str(adjustment.pk), f"{SCOPE}.{adjustment.reason}"
    if adjustment.takes_back is None:
        booked = post_one(
            Adjustment(
                member_id=member_id,
                points=adjustment.points,
                scope=SCOPE,
                key=key,
                reason=reason,
                posted_by_id=by.pk,
            )
        )
    else:
        given = adjustment.takes_back.posting_id
        if given is None:
            raise NotReversible
        booked = reverse(
            posting_id=given,
            scope=SCOPE,
            key=key,
            reason=reason,
            cause=f"{SCOPE}:{adjustment.takes_back_id}",
            posted_by_id=by.pk,
        )
    adjustment.posting_id = booked.posting_id
    return PointsAdjusted(member_id=member_id, posting_id=booked.posting_id, points=adjustment.points)
