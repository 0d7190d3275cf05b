"""Using what was set aside, in whole or in part, or setting it free."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from members.queries import kept_account
from points.actions.lock_people import lock_points_kept
from points.actions.post_batch import post_batch, post_one
from points.models import Account, Hold, System
from points.refusals import HoldEnded, LedgerRefusal, NothingToBook, UnknownHold
from points.requests import Booked, Capture, Extension, Request, Settlement, Transfer

#: Holds that one transaction of the job lets go.
AT_ONCE = 100


@transaction.atomic
def capture_hold(*, hold_id: int, points: int | None = None, to: System = System.REDEMPTION, cause: str = "") -> Booked:
    """Uses `points` of a hold, None for all; the rest is free again, as after `void_hold`.

    Again with the same answers what was booked. Raises UnknownHold, HoldEnded, MoreThanHeld, KeyConflict.
    """
    hold = locked_hold(hold_id)
    booked = post_one(
        Capture(
            member_id=hold.account.member_id,
            hold_id=hold_id,
            points=points,
            to=to,
            scope="hold",
            key=str(hold_id),
            reason=hold.reason,
            cause=cause,
        )
    )
    if not booked.replayed:
        tend_freed(hold, used=-booked.points, at=timezone.now())
    return booked


@transaction.atomic
def void_hold(*, hold_id: int) -> Hold:
    """Sets the points of a hold free; again with the same changes nothing. Raises UnknownHold, HoldEnded (used).

    Lots that expired while they were set aside are good for 30 days more (terms.GRACE): whoever chose a reward in time
    and does not get it has lost nothing. What the member owes is settled with what came free.
    """
    return let_go(hold_id, Hold.State.VOIDED, at=timezone.now())


def time_out_holds(*, at: datetime | None = None) -> int:
    """Sets free what nobody came back for in time; returns how many holds that were."""
    moment, ended = at or timezone.now(), 0
    while due := Hold.objects.timed_out(at=moment).order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE]:
        for hold_id in due:
            with transaction.atomic():
                try:
                    let_go(hold_id, Hold.State.TIMED_OUT, at=moment)
                except HoldEnded:  # used or voided since we looked
                    continue
                ended += 1
    return ended


def let_go(hold_id: int, state: Hold.State, *, at: datetime) -> Hold:
    hold = locked_hold(hold_id)
    if hold.state == state:
        return hold
    if hold.state != Hold.State.OPEN:
        raise HoldEnded
    hold.state, hold.ended_at = state, at
    hold.save(update_fields=["state", "ended_at"])
    tend_freed(hold, used=0, at=at)
    return hold


def locked_hold(hold_id: int) -> Hold:
    """As it is once its account is locked, as by all who write to it, and the one that it was merged into: what comes
    free follows there. Raises UnknownHold.
    """
    hold = Hold.objects.select_related("account").filter(pk=hold_id).first()
    if hold is None:
        raise UnknownHold
    lock_points_kept(hold.account.member_id)
    hold.refresh_from_db(fields=["state", "captured", "posting", "ended_at"])
    return hold


def tend_freed(hold: Hold, *, used: int, at: datetime) -> None:
    """Gives what came free a new date where its own has passed, pays debts with it, and follows a merged account."""
    for request in what_follows(hold, used, at):
        (outcome,) = post_batch([request], at=at)
        if isinstance(outcome, LedgerRefusal) and not isinstance(outcome, NothingToBook):
            raise outcome


def what_follows(hold: Hold, used: int, at: datetime) -> Iterator[Request]:
    member_id = hold.account.member_id
    if overdue := tuple(freed_of_expired_lots(hold, used, at)):
        yield Extension(member_id=member_id, parts=overdue, scope="hold", key=f"{hold.pk}:grace", reason=hold.reason)
    if (into := kept_account(member_id)) != member_id:
        yield Transfer(
            member_id=member_id, to_member_id=into, scope="hold", key=f"{hold.pk}:transfer", reason=hold.reason
        )
    if Account.objects.filter(member=into, kind=Account.Kind.DEBT, balance__lt=0).exists():
        yield Settlement(member_id=into, scope="hold", key=f"{hold.pk}:settle", reason=hold.reason)


def freed_of_expired_lots(hold: Hold, used: int, at: datetime) -> Iterator[tuple[int, int]]:
    """(lot, points); what was used came out of the parts that expire first."""
    for part in hold.parts.select_related("lot").order_by("lot__expires_at", "lot"):
        freed = part.points - min(part.points, used)
        used -= part.points - freed
        if freed and part.lot.expires_at <= at:
            yield part.lot_id, freed
