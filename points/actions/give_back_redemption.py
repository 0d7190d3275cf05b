"""Giving back what a delivered reward cost: one of the staff proposes, and another decides, however little it is.

Unlike points by hand there is no amount that one books alone: the insurer has paid for the reward.
"""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from members.actions.serve_member import OwnAccount
from members.models import Member
from members.queries import is_closed
from points.actions.end_redemption import locked_redemption, put_back_on_the_shelf
from points.actions.lock_people import lock_kept_account
from points.actions.proposals import DECISION, record_decision, require_second_person
from points.actions.undo import refund
from points.events import RewardGivenBack, reward_given_back
from points.models import GivingBack, Redemption, Reward, VoucherCode
from points.models.giving_back import SCOPE
from points.refusals import AccountEnded, KeyConflict, MoreThanWasTaken, UnknownPosting
from points.requests.request import require_points

PROPOSE, DECIDE = "points.add_givingback", "points.decide_givingback"


class NothingToGiveBack(Exception):
    """It was not delivered, or all of it was given back before."""


class AlreadyProposed(Exception):
    """Somebody has proposed to give something back of it, and nobody has decided yet."""


class OnlyWhole(Exception):
    """Of a donation: its certificate says how much it was."""


@transaction.atomic
def propose_giving_back(
    *, redemption_id: int, points: int, reason: GivingBack.Reason, note: str, request_id: UUID, by: Member
) -> GivingBack:
    """For a second person to decide. `request_id` again answers with what was made of it.

    Raises PermissionDenied, Redemption.DoesNotExist, OwnAccount, NothingToGiveBack, AlreadyProposed, OnlyWhole, and
    LedgerRefusal: KeyConflict, PointsNotWhole, PointsNotPositive, MoreThanWasTaken, AccountEnded.
    """
    if not by.has_perm(PROPOSE):
        raise PermissionDenied
    redemption = locked_with_its_member(redemption_id)
    if redemption.member_id == by.pk:
        raise OwnAccount
    # The form sent twice at once: the second waits for the redemption, and finds what the first made.
    about = {"redemption_id": redemption.pk, "points": points, "reason": reason, "proposed_by_id": by.pk}
    if made := GivingBack.objects.filter(request_id=request_id).first():
        if any(getattr(made, name) != value for name, value in about.items()):
            raise KeyConflict
        return made
    require_possible(redemption, points)
    if redemption.givings_back.filter(state=GivingBack.State.PROPOSED).exists():
        raise AlreadyProposed
    return GivingBack.objects.create(**about, note=note, request_id=request_id)


@transaction.atomic
def decide_giving_back(*, giving_back_id: int, approve: bool, by: Member, remark: str = "") -> GivingBack:
    """Books a proposal, or refuses it. A proposal whose booking is refused stays open.

    Raises PermissionDenied, GivingBack.DoesNotExist, AlreadyDecided, SamePerson, OwnAccount, NoReasonGiven, and
    LedgerRefusal, such as AccountEnded.
    """
    if not by.has_perm(DECIDE):
        raise PermissionDenied
    redemption = locked_with_its_member(GivingBack.objects.get(pk=giving_back_id).redemption_id)
    giving_back = GivingBack.objects.get(pk=giving_back_id)
    require_second_person(giving_back, by)
    if redemption.member_id == by.pk:
        raise OwnAccount
    if approve:
        require_possible(redemption, giving_back.points)
        giving_back.posting_id = book(giving_back, redemption, by)
    record_decision(giving_back, approve=approve, by=by, remark=remark)
    giving_back.save(update_fields=[*DECISION, "posting"])
    if approve:
        redemption.refresh_from_db(fields=["given_back"])
        if not redemption.left_to_give_back:
            give_up(redemption, giving_back)
        reward_given_back.send(
            RewardGivenBack,
            fact=RewardGivenBack(
                giving_back.pk, redemption.pk, redemption.member_id, redemption.reward.sku, giving_back.points
            ),
        )
    return giving_back


def locked_with_its_member(redemption_id: int) -> Redemption:
    """The member first, as a merger of accounts locks them. Raises Redemption.DoesNotExist."""
    lock_kept_account(Redemption.objects.get(pk=redemption_id).member_id)
    return locked_redemption(redemption_id)


def require_possible(redemption: Redemption, points: int) -> None:
    """Raises what propose_giving_back says of redemption and points."""
    require_points(points)
    if not redemption.left_to_give_back:
        raise NothingToGiveBack
    if points > redemption.left_to_give_back:
        raise MoreThanWasTaken
    if redemption.reward.fulfilment == Reward.Fulfilment.DONATION and points < redemption.points:
        raise OnlyWhole
    if is_closed(redemption.member):
        raise AccountEnded


def book(giving_back: GivingBack, redemption: Redemption, by: Member) -> int:
    """Into the lots that the points came from; returns the posting. Raises LedgerRefusal."""
    taken = redemption.hold.posting_id
    if taken is None:
        raise UnknownPosting
    booked = refund(
        posting_id=taken,
        points=giving_back.points,
        scope=SCOPE,
        key=str(giving_back.pk),
        reason=f"{SCOPE}.{giving_back.reason}",
        cause=f"redemption:{redemption.pk}",
        posted_by_id=by.pk,
    )
    return booked.posting_id


def give_up(redemption: Redemption, giving_back: GivingBack) -> None:
    """What the member had: its code is withdrawn, never given to another, who would find it used."""
    VoucherCode.objects.filter(redemption=redemption).update(state=VoucherCode.State.SPOILED)
    if GivingBack.Reason(giving_back.reason).leaves_it_unused:
        put_back_on_the_shelf(redemption)
