"""Two workers at once: caps, single payments and budgets hold, and would not without the locks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from members.actions.merge_accounts import join_accounts
from members.models import Member
from points.actions import earn_points as earning
from points.actions.decide_payment import NotWaiting, approve_payment, refuse_payment
from points.models import EarningCampaign, EarningRule, RulePayment
from points.queries import balance_of
from tests.factories import MemberFactory
from tests.locks import without_row_locks
from tests.members.accounts import staff
from tests.points.earning import awarded, fact, pay, points_of, rule, told, whys
from tests.points.test_earning_caps import campaign
from tests.points.test_ledger_at_once import one_after_the_other

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """What becomes of calls that begin at the same moment."""
    together = Barrier(len(calls))

    def run(call):
        try:
            together.wait(10)
            call()
            return "done"
        except DatabaseError as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def unlocked_members(monkeypatch):
    """Both have read before either pays."""
    both = Barrier(2)
    read = earning.read_paid

    def read_without_lock(*args):
        found = read(*args)
        both.wait(10)
        return found

    def look(ids):
        return {member.pk: member for member in Member.objects.filter(pk__in=set(ids)).select_related("customer")}

    monkeypatch.setattr(earning, "locked_members", look)
    monkeypatch.setattr(earning, "read_paid", read_without_lock)


def test_a_cap_holds_when_two_pay_at_once(alice):
    rule(cap_day=5)
    for n in range(5):
        RulePayment.objects.all().update(member=MemberFactory())  # another day's member
        assert at_once(lambda n=n: told(alice, cause=f"a{n}"), lambda n=n: told(alice, cause=f"b{n}")) == [
            "done",
            "done",
        ]
        assert RulePayment.objects.filter(member=alice).count() == 1


def test_control_without_the_lock_both_pay_over_the_cap(alice, monkeypatch):
    rule(cap_day=5)
    unlocked_members(monkeypatch)
    assert at_once(lambda: told(alice, cause="a"), lambda: told(alice, cause="b")) == ["done", "done"]
    assert balance_of(alice.pk).available == 10


def test_one_cause_is_paid_once_when_two_tell_of_it_at_once(alice):
    rule()
    for n in range(5):
        assert at_once(*[lambda n=n: told(alice, cause=f"quiz:{n}")] * 3) == ["done"] * 3
    assert balance_of(alice.pk).available == 25


def test_control_without_the_lock_only_the_database_stops_the_second(alice, monkeypatch):
    rule()
    unlocked_members(monkeypatch)
    moment = timezone.now()
    results = at_once(*[lambda: told(alice, cause="quiz:1", at=moment)] * 2)
    assert results == ["IntegrityError", "done"]
    assert balance_of(alice.pk).available == 5


def test_a_budget_holds_when_two_members_are_paid_at_once(alice, bob):
    rule(budget=5)
    assert at_once(lambda: told(alice), lambda: told(bob)) == ["done", "done"]
    assert RulePayment.objects.count() == 1
    assert EarningRule.objects.get().spent == 5


def test_control_without_the_lock_both_members_are_paid_of_one_budget(alice, bob, monkeypatch):
    rule(budget=5)
    both = Barrier(2)

    def look(rules):
        found = {each.pk: each for each in EarningRule.objects.filter(pk__in=[each.pk for each in rules])}
        both.wait(10)
        return found

    monkeypatch.setattr(earning, "locked_budgets", look)
    assert at_once(lambda: told(alice), lambda: told(bob)) == ["done", "done"]
    assert RulePayment.objects.count() == 2  # ten points of a budget of five


def test_what_happened_to_an_account_is_paid_to_the_one_it_was_merged_into_meanwhile(alice, bob):
    rule()
    outcome = one_after_the_other(
        lambda: join_accounts(kept=bob, closed=alice, entrance="web"), lambda: told(alice, cause="quiz:1")
    )
    assert awarded(outcome) == {"test.quiz": 5}
    assert (points_of(alice), points_of(bob)) == (0, 5)
    assert RulePayment.objects.get().member == bob


@pytest.mark.parametrize("both", [True, False])
def test_so_is_what_is_told_later_and_once(alice, bob, both):
    """Also in a batch about both accounts."""
    rule()
    told(alice, cause="quiz:1")
    join_accounts(kept=bob, closed=alice, entrance="web")
    outcome = pay(fact(alice, cause="quiz:1"), fact(alice, cause="quiz:2"), *([fact(bob, cause="quiz:3")] * both))
    assert whys(outcome) == ["paid_already"]
    assert (points_of(alice), points_of(bob)) == (0, 15 if both else 10)


@pytest.mark.parametrize(("locked", "bonus"), [(True, 5), (False, 10)])
def test_the_budget_of_a_campaign_holds_when_two_members_are_paid_at_once(alice, bob, monkeypatch, locked, bonus):
    rule()
    now = timezone.now()
    campaign(budget=5, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1))
    if not locked:
        without_row_locks(monkeypatch, EarningCampaign)
    one_after_the_other(lambda: told(alice), lambda: told(bob))
    assert sum(RulePayment.objects.values_list("bonus", flat=True)) == bonus
    assert points_of(alice) + points_of(bob) == 10 + bonus


@pytest.fixture
def large(alice):
    """A payment that two people have to agree to."""
    rule(approval_above=4)
    told(alice)
    return RulePayment.objects.get()


@pytest.mark.parametrize(("locked", "state"), [(True, "paid"), (False, "waiting")])
def test_two_who_approve_at_once_are_two(alice, large, monkeypatch, locked, state):
    """Unlocked, each takes themselves for the first."""
    ann, ben = staff("Approver"), staff("Approver")
    if not locked:
        without_row_locks(monkeypatch, RulePayment, Member)
    outcome = one_after_the_other(
        lambda: approve_payment(payment_id=large.pk, by=ann), lambda: approve_payment(payment_id=large.pk, by=ben)
    )
    assert (outcome.state, points_of(alice)) == (state, 5 if locked else 0)


@pytest.mark.parametrize("locked", [True, False])
def test_a_payment_is_approved_or_refused_and_not_both(alice, large, monkeypatch, locked):
    ann, ben, carl = staff("Approver"), staff("Approver"), staff("Approver")
    approve_payment(payment_id=large.pk, by=ann)
    if not locked:
        without_row_locks(monkeypatch, RulePayment, Member)
    outcome = one_after_the_other(
        lambda: approve_payment(payment_id=large.pk, by=ben), lambda: refuse_payment(payment_id=large.pk, by=carl)
    )
    assert isinstance(outcome, NotWaiting if locked else DatabaseError)
    large.refresh_from_db()
    assert (large.state, points_of(alice)) == ("paid", 5)
