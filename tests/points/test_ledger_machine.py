"""Whatever happens in whatever order, while time moves: balances, entries and lots agree, and nothing is paid twice."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from points.actions.accrue import accrue
from points.actions.end_hold import capture_hold, time_out_holds, void_hold
from points.actions.lapse_lots import lapse_lots
from points.actions.open_hold import open_hold
from points.actions.post_batch import post_batch
from points.actions.spend import spend
from points.actions.undo import refund, reverse
from points.auditing import audit
from points.models import Account, Entry, Hold, Lot, Posting
from points.queries import balance_of
from points.refusals import (
    AlreadyReversed,
    HoldEnded,
    InsufficientPoints,
    LedgerRefusal,
    MoreThanHeld,
    MoreThanWasTaken,
    NothingToBook,
)
from points.requests import Accrual, Booked, Spending
from tests.factories import MemberFactory

#: Later than the database's own clock, which says when something was booked.
BEGIN = datetime(2100, 1, 1, tzinfo=UTC)
#: More is earned at once than used, or there would be nothing to go on with.
much, little = st.integers(100, 400), st.integers(1, 120)
who = st.sampled_from([0, 0, 0, 1])


class Ledger(RuleBasedStateMachine):
    """Two members and a model of each that is far simpler than the ledger: what they own, whatever lots it lies in."""

    accruals = Bundle("accruals")
    redemptions = Bundle("redemptions")
    holds = Bundle("holds")
    repeats = Bundle("repeats")

    @initialize(target=accruals)
    def begin(self):
        self.savepoint = transaction.savepoint()  # each example begins with an empty ledger
        self.traveller = time_machine.travel(BEGIN, tick=False)
        self.clock = self.traveller.start()
        self.members = [MemberFactory().pk for _ in range(2)]
        self.keys = iter(range(10**9))
        #: What each member owns less what they owe, reckoned from answers alone.
        self.worth: Counter[int] = Counter()
        return self.accrue(0, 300, wait=0, lasts=6)

    def teardown(self) -> None:
        if hasattr(self, "traveller"):
            self.traveller.stop()
            transaction.savepoint_rollback(self.savepoint)

    def key(self) -> dict[str, str]:
        return {"scope": "machine", "key": str(next(self.keys)), "reason": "test"}

    @rule(target=accruals, who=who, points=much, wait=st.sampled_from([0, 0, 5]), lasts=st.integers(6, 60))
    def accrue(self, who: int, points: int, wait: int, lasts: int):
        now = timezone.now()
        booked = accrue(
            member_id=self.members[who],
            points=points,
            available_at=now + timedelta(days=wait),
            expires_at=now + timedelta(days=lasts),
            **self.key(),
        )
        self.worth[who] += points
        return who, booked.posting_id, points

    @rule(target=redemptions, who=who, points=little)
    def spend(self, who: int, points: int):
        had = balance_of(self.members[who]).available
        try:
            booked = spend(member_id=self.members[who], points=points, **self.key())
        except InsufficientPoints as refusal:
            said = refusal.available
        else:
            assert had >= points
            self.worth[who] -= points
            return who, booked.posting_id, points
        assert had == said < points
        return multiple()

    @rule(target=repeats, who=who, points=little, accrues=st.booleans())
    def in_a_batch(self, who: int, points: int, accrues: bool):
        """Two of each: a refused one keeps no other from being booked."""
        kind = Accrual if accrues else Spending
        requests = [kind(member_id=self.members[who], points=part, **self.key()) for part in (points, 1)]
        outcomes = post_batch(requests)
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Booked):
                self.worth[who] += request.points if accrues else -request.points
        return [(request, outcome) for request, outcome in zip(requests, outcomes, strict=True)]

    @rule(repeated=repeats)
    def replay(self, repeated):
        before = Posting.objects.count()
        booked = [(request, outcome) for request, outcome in repeated if isinstance(outcome, Booked)]
        outcomes = post_batch([request for request, _ in booked])
        assert [(o.posting_id, o.points, o.replayed) for o in outcomes] == [
            (o.posting_id, o.points, True) for _, o in booked
        ]
        assert Posting.objects.count() == before

    @rule(target=holds, who=who, points=little, days=st.integers(1, 20))
    def set_aside(self, who: int, points: int, days: int):
        had = balance_of(self.members[who]).available
        try:
            hold = open_hold(
                member_id=self.members[who],
                points=points,
                expires_at=timezone.now() + timedelta(days=days),
                **self.key(),
            )
        except InsufficientPoints:
            assert had < points
            return multiple()
        assert balance_of(self.members[who]).available == had - points
        return who, hold.pk, points

    @rule(target=redemptions, hold=holds, part=st.sampled_from([None, 1, 50, 1000]))
    def capture(self, hold, part: int | None):
        who, hold_id, points = hold
        was = Hold.objects.get(pk=hold_id)
        try:
            booked = capture_hold(hold_id=hold_id, points=part)
        except (HoldEnded, MoreThanHeld, LedgerRefusal):
            assert was.state != Hold.State.OPEN or (part or 0) > points
            return multiple()
        if booked.replayed:
            assert was.state == Hold.State.CAPTURED
            return multiple()
        assert was.state == Hold.State.OPEN
        assert booked.points == -(part or points)
        self.worth[who] += booked.points
        return who, booked.posting_id, -booked.points

    @rule(hold=holds)
    def void(self, hold):
        who, hold_id, _ = hold
        was = Hold.objects.get(pk=hold_id)
        owned = balance_of(self.members[who])
        try:
            void_hold(hold_id=hold_id)
        except HoldEnded:
            assert was.state in (Hold.State.CAPTURED, Hold.State.TIMED_OUT)
            return
        if was.state == Hold.State.OPEN and not owned.owed:
            # Whatever became of its lots meanwhile, the points can be used again.
            assert balance_of(self.members[who]).available == owned.available + was.points

    @rule(redemption=redemptions, points=st.sampled_from([None, 1, 100]))
    def refund(self, redemption, points: int | None):
        who, posting_id, redeemed = redemption
        before = balance_of(self.members[who])
        gone = sum(Entry.objects.filter(posting__undoes=posting_id, system=2).values_list("amount", flat=True))
        try:
            refund(posting_id=posting_id, points=points, **self.key())
        except MoreThanWasTaken:
            assert redeemed + gone < (points or 1)
            return
        back = points or redeemed + gone
        after = balance_of(self.members[who])
        # Usable at once, also where its lots have expired.
        assert (after.available - before.available) + (before.owed - after.owed) == back
        self.worth[who] += back

    @rule(accrual=consumes(accruals))
    def reverse(self, accrual):
        who, posting_id, points = accrual
        try:
            reverse(posting_id=posting_id, **self.key())
        except NothingToBook:
            return
        taken = Entry.objects.get(posting__undoes=posting_id, posting__kind="reverse", system=1).amount
        assert taken <= points
        self.worth[who] -= taken
        with_another_key = self.key()
        try:
            reverse(posting_id=posting_id, **with_another_key)
        except AlreadyReversed:
            return
        raise AssertionError("taken back twice")

    @rule(days=st.integers(1, 12))
    def time_passes(self, days: int):
        self.clock.shift(timedelta(days=days))

    @precondition(lambda self: Hold.objects.timed_out(at=timezone.now()).exists())
    @rule()
    def time_out(self):
        time_out_holds()
        assert not Hold.objects.timed_out(at=timezone.now()).exists()

    @precondition(lambda self: Lot.objects.expired(at=timezone.now()).exists())
    @rule()
    def lapse(self):
        due = Counter({member: self.expired(member) for member in self.members})
        assert lapse_lots() == sum(due.values())
        for who, member in enumerate(self.members):
            self.worth[who] -= due[member]
        assert lapse_lots() == 0

    def expired(self, member_id: int) -> int:
        lots = Lot.objects.expired(at=timezone.now()).filter(account__member=member_id)
        return sum(lot.remaining - lot.held for lot in lots)

    @invariant()
    def agrees(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        audit()
        for who, member in enumerate(self.members):
            accounts = {account.kind: account for account in Account.objects.filter(member=member)}
            assert sum(account.balance for account in accounts.values()) == self.worth[who]
            balance = balance_of(member)
            assert min(balance.available, balance.pending, balance.held, balance.owed) >= 0
            owned = balance.available + balance.pending + balance.held + self.expired(member)
            assert owned == (accounts["points"].balance if accounts else 0)


class TestLedger(Ledger.TestCase, TestCase):
    # Shrinking a failure would take minutes, and thirty steps can be read as they are.
    settings = settings(max_examples=50, stateful_step_count=30, phases=[Phase.generate])
