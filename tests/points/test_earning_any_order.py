"""What undoes something may be told before what it undoes: in whichever order, it comes to the same, once."""

import hashlib
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import DatabaseError, connection, transaction

from points.actions import earn_points as earning
from points.models import EarningRule, Posting, ReversalMark, RulePayment
from tests.factories import MemberFactory
from tests.points.earning import NOON, fact, happens, pay, points_of, policy_of, rule, told, whys
from tests.points.test_ledger_at_once import one_after_the_other

CLAIM = "self_service.claim"


def claimed(member, number="CL1", *, at=NOON, **other):
    return fact(member, "claims.accepted", at=at, service="claims.self_service", claim_no=number, **other)


def withdrawn(number="CL1", *, at=NOON, cause="policy:1"):
    """Nobody is named: whose it was, only what was paid says."""
    return earning.EarningFact("claims.withdrawn", cause, None, at, {"claim_no": number})


def advisory_locks() -> int:
    """Which this session holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.mark.usefixtures("catalogue")
class TestInAnyOrder:
    pytestmark = pytest.mark.django_db

    def test_a_claim_that_was_withdrawn_before_it_is_told_of_earns_nothing(self, carol):
        policy = policy_of(carol)
        happens("claims.withdrawn", policy_no=policy.policy_no, claim_no="CL1")  # and read twice
        assert ReversalMark.objects.count() == 1
        told_late = claimed(carol, at=NOON - timedelta(hours=1), policy_no=policy.policy_no)
        assert whys(pay(told_late)) == ["undone"]
        assert whys(pay(told_late)) == ["paid_already"]
        # Nor when the same claim is told of once more, as something that happens now.
        assert whys(pay(claimed(carol, policy_no=policy.policy_no))) == ["paid_already"]
        assert (points_of(carol), RulePayment.objects.get().state) == (0, "refused")
        assert not Posting.objects.exists()

    def test_another_claim_earns(self, carol):
        pay(withdrawn("CL1"))
        pay(claimed(carol, "CL2"))
        assert points_of(carol) == 100

    def test_what_happened_after_it_earns(self, carol):
        pay(withdrawn("CL1", at=NOON - timedelta(hours=2)))
        pay(claimed(carol, at=NOON - timedelta(hours=1)))
        assert points_of(carol) == 100

    @pytest.mark.parametrize(("days", "points"), [(89, 0), (90, 50)])
    def test_only_as_late_as_the_rule_takes_back(self, carol, days, points):
        policy, earlier = policy_of(carol), NOON - timedelta(days=100)
        name, of = "policy_admin.notice_preference_changed", {"policy_no": policy.policy_no}
        happens(name, at=earlier + timedelta(days=days), option_name="纸质信函", **of)
        happens(name, at=earlier, option_name="电子信函", **of)
        assert points_of(carol) == points

    @pytest.mark.parametrize("order", list(permutations(range(4))))
    def test_every_order_comes_to_the_same(self, carol, order):
        facts = [
            claimed(carol, "CL1", cause="a", at=NOON - timedelta(hours=3)),
            withdrawn("CL1", at=NOON - timedelta(hours=2)),
            claimed(carol, "CL2", cause="b", at=NOON - timedelta(hours=1)),
            withdrawn("CL1", cause="policy:2", at=NOON),
        ]
        for place in order:
            pay(facts[place])
        for place in order:
            pay(facts[place])
        assert points_of(carol) == 100

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_nor_does_the_order_within_a_batch_matter(self, carol, order):
        facts = [
            claimed(carol, "CL1", at=NOON - timedelta(hours=3)),
            withdrawn("CL1", at=NOON - timedelta(hours=2)),
            claimed(carol, "CL2", at=NOON - timedelta(hours=1)),
        ]
        for _ in range(2):
            pay(*(facts[place] for place in order))
        assert points_of(carol) == 100

    def test_nothing_is_spent_of_a_budget_nor_counted_for_a_cap(self, carol):
        EarningRule.objects.filter(code=CLAIM).update(budget=100, cap_day=100)
        pay(withdrawn("CL1"))
        pay(claimed(carol, "CL1", at=NOON - timedelta(hours=1)))
        pay(claimed(carol, "CL2"))
        assert (points_of(carol), EarningRule.objects.get(code=CLAIM).spent) == (100, 100)

    def test_however_many_things_a_batch_is_about_it_takes_no_more_locks_than_there_is_room_for(self):
        before = advisory_locks()
        earning.lock_keys(hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(20_000))
        assert 900 < advisory_locks() - before <= earning.KEY_LOCKS

    def test_a_mark_stays(self, carol):
        pay(withdrawn("CL1"))
        for attempt in (lambda: ReversalMark.objects.update(fact="x"), ReversalMark.objects.get().delete):
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
                attempt()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """The one who pays and the one who takes back know of each other only by what both are about."""

    @pytest.fixture
    def alice(self):
        rule(
            code="test.receipt", trigger="issuance.receipt_confirmed", points=20,
            reversal_trigger="policy_admin.policy_reissued", reversal_match=["event.policy_no"],
        )  # fmt: skip
        return MemberFactory()

    def earn(self, member):
        return told(member, "issuance.receipt_confirmed", cause="paid", at=NOON, policy_no="P1")

    def undo(self):
        later = NOON + timedelta(minutes=1)
        return told(None, "policy_admin.policy_reissued", cause="undone", at=later, policy_no="P1")

    def test_whoever_pays_waits_and_pays_nothing(self, alice):
        outcome = one_after_the_other(self.undo, lambda: self.earn(alice))
        assert whys(outcome) == ["undone"]
        assert points_of(alice) == 0

    def test_whoever_takes_back_waits_and_takes_it_back(self, alice):
        one_after_the_other(lambda: self.earn(alice), self.undo)
        assert points_of(alice) == 0

    @pytest.mark.parametrize("undone_first", [True, False])
    def test_control_without_the_lock_it_stays_paid(self, alice, monkeypatch, undone_first):
        monkeypatch.setattr(earning, "lock_keys", lambda keys: None)
        steps = [self.undo, lambda: self.earn(alice)]
        one_after_the_other(*(steps if undone_first else reversed(steps)))
        assert points_of(alice) == 20
