"""Booked today, dated back: a history for the demo, which has none yet.

The ledger takes nothing but what is booked now, whoever asks. So the demo books what happened by the ordinary actions,
one after the other, and in the same transaction, before anything is sealed, tells its own database that it was earlier.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pgtrigger
from django.utils import timezone

from members.entrances import Entrance
from members.models import Member
from points.actions.accrue import accrue
from points.actions.end_hold import capture_hold
from points.actions.end_redemption import end, give_back, issue_certificate
from points.actions.open_hold import open_hold
from points.actions.post_batch import post_one
from points.actions.redeem_reward import HOLD_LASTS
from points.actions.undo import reverse
from points.models import (
    CharityProject,
    Donation,
    Entry,
    Hold,
    Lot,
    Posting,
    Redemption,
    Reward,
    System,
    VoucherCode,
)
from points.requests import Booked, Lapse

SCOPE = "demo"
State, Fulfilment = Redemption.State, Reward.Fulfilment
#: What keeps the dates of these as they were written.
KEEPERS = (
    "points.Entry:append_only",
    "points.Posting:append_only",
    "points.Posting:sealed_once",
    "points.Posting:sealed_with_its_block",
    "points.Lot:keeps_its_dates",
    "points.Lot:written_by_uses_alone",
    "points.Hold:ends_once",
    "points.Hold:keeps_its_terms",
    "points.Hold:let_go",
    "points.Redemption:keeps_its_terms",
    "points.Redemption:keeps_how_it_ended",
    "points.Donation:append_only",
)
TAKES = timedelta(minutes=2)
#: Nobody is asked about it before: whoever tries the demo finds it where it stands.
LEFT_ALONE_FOR = timedelta(days=14)


@dataclass
class Past:
    """What one member did, in the order in which it happened; `now` is the same for all of it."""

    member: Member
    now: datetime
    moments: dict[int, datetime] = field(default_factory=dict)
    redeemed: dict[int, datetime] = field(default_factory=dict)

    def at(self, days_ago: int) -> datetime:
        """Some time of that day, in the working hours; never later than now."""
        day = timezone.localtime(self.now - timedelta(days=days_ago))
        return min(day.replace(hour=9 + days_ago % 9, minute=days_ago * 7 % 60, second=0, microsecond=0), self.now)

    def key(self) -> str:
        return f"{self.member.pk}:{len(self.moments) + len(self.redeemed)}"

    def earned(self, days_ago: int, points: int, rule: str, **dates: datetime) -> Booked:
        at = self.at(days_ago)
        dates = {"available_at": at} | dates
        about = {"scope": SCOPE, "key": self.key(), "reason": rule, "occurred_at": at}
        booked = accrue(member_id=self.member.pk, points=points, **about, **dates)  # type: ignore[arg-type]
        self.moments[booked.posting_id] = at
        return booked

    def taken_back(self, days_ago: int, earned: Booked, rule: str) -> None:
        booked = reverse(posting_id=earned.posting_id, scope=SCOPE, key=self.key(), reason=rule)
        self.moments[booked.posting_id] = self.at(days_ago)

    def lapses(self, days_ago: int) -> None:
        """What has expired by now goes, as it went then."""
        booked = post_one(Lapse(member_id=self.member.pk, scope=SCOPE, key=self.key(), reason="points.expired"))
        self.moments[booked.posting_id] = self.at(days_ago)

    def redeems(self, days_ago: int, sku: str, state: Redemption.State) -> None:
        """At the counter, where somebody looked at a card. Nothing is sent and nothing ordered."""
        at, reward = self.at(days_ago), Reward.objects.get(sku=sku)
        hold = open_hold(
            member_id=self.member.pk,
            points=reward.cost_points,
            scope=SCOPE,
            key=self.key(),
            reason=sku,
            expires_at=self.now + HOLD_LASTS,
        )
        redemption = Redemption.objects.create(
            member=self.member,
            reward=reward,
            request_key=hold.key,
            points=hold.points,
            hold=hold,
            entrance=Entrance.COUNTER,
            mobile=self.member.mobile if reward.fulfilment == Fulfilment.PROVIDER_API else None,
            project=CharityProject.objects.first() if reward.fulfilment == Fulfilment.DONATION else None,
            state=State.DOUBTFUL if state == State.DOUBTFUL else State.FULFILLING,
            effective_at=at,
            ordered_at=at if reward.fulfilment == Fulfilment.PROVIDER_API else None,
            attempts=1 if reward.fulfilment == Fulfilment.PROVIDER_API else 0,
            next_try_at=self.now + LEFT_ALONE_FOR,
        )
        if state == State.DELIVERED:
            self.delivered(redemption)
        elif state == State.FAILED:
            give_back(redemption)
            redemption.failure = Redemption.Failure.REFUSED
            end(redemption, State.FAILED)
        self.redeemed[redemption.pk] = at

    def delivered(self, redemption: Redemption) -> None:
        reward, is_donation = redemption.reward, redemption.project is not None
        days = [reward.good_until(from_day=timezone.localdate(redemption.effective_at))]
        if reward.fulfilment == Fulfilment.VOUCHER_POOL:
            voucher = VoucherCode.objects.filter(reward=reward).next_in_line(on=timezone.localdate(self.now))
            assert voucher  # the demo has stocked every pool
            voucher.state, voucher.redemption = VoucherCode.State.ASSIGNED, redemption
            voucher.save(update_fields=["state", "redemption"])
            days.append(voucher.expires_on)
        booked = capture_hold(
            hold_id=redemption.hold_id,
            to=System.DONATION if is_donation else System.REDEMPTION,
            cause=f"redemption:{redemption.pk}",
        )
        self.moments[booked.posting_id] = redemption.effective_at + TAKES
        if is_donation:
            issue_certificate(redemption)
        redemption.good_until = min((day for day in days if day), default=None)
        end(redemption, State.DELIVERED)

    def date_back(self) -> None:
        with pgtrigger.ignore(*KEEPERS):
            for posting_id, at in self.moments.items():
                Entry.objects.filter(posting=posting_id).update(posted_at=at)
                Posting.objects.filter(pk=posting_id).update(occurred_at=at)
                Lot.objects.filter(posting=posting_id).update(accrued_at=at)
            for pk, at in self.redeemed.items():
                Redemption.objects.filter(pk=pk).update(asked_at=at)
                Redemption.objects.filter(pk=pk, ended_at__isnull=False).update(ended_at=at + TAKES)
                Hold.objects.filter(redemption=pk).update(opened_at=at)
                Hold.objects.filter(redemption=pk, ended_at__isnull=False).update(ended_at=at + TAKES)
                Donation.objects.filter(redemption=pk).update(issued_at=at + TAKES)
