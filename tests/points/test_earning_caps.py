"""Caps, windows, repetitions, budgets and campaigns: what is paid of what a rule would give."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from members.models import Member
from points.actions.move_payments import move_payments
from points.actions.tell_earning_fact import earn
from points.earning.deciding import Award, Case, PaidSoFar, decide
from points.earning.facts import EarningFact, UnknownFields, UnknownTrigger
from points.models import EarningCampaign, EarningRule, Posting, RuleChange, RulePayment
from points.queries import balance_of
from tests.factories import MemberFactory
from tests.points.earning import (
    NOON,
    SHANGHAI,
    TERMS,
    awarded,
    fact,
    paid,
    pay,
    points_of,
    rule,
    told,
    whys,
)

#: An event that tells a day.
EXPIRING = "policy_admin.id_expiring"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def campaign(**other) -> EarningCampaign:
    return EarningCampaign.objects.create(
        **{
            "name_zh": "双倍积分", "name_en": "Double points", "multiplier": Decimal(2), "rules": ["test.quiz"],
            "starts_at": NOON - timedelta(days=1), "ends_at": NOON + timedelta(days=1), "state": "approved",
            "reason": "客服节", "drafted_by": MemberFactory(is_staff=True), "proposed_by": MemberFactory(is_staff=True),
            "decided_by": MemberFactory(is_staff=True), "decided_at": NOON,
        } | other
    )  # fmt: skip


def at(*when) -> datetime:
    return datetime(*when, tzinfo=SHANGHAI)


@pytest.mark.django_db
class TestCaps:
    @pytest.mark.parametrize(
        ("cap", "moments", "points"),
        [
            ("cap_day", [at(2026, 11, 2, 0, 0), at(2026, 11, 2, 23, 59), at(2026, 11, 3, 0, 0)], [5, 0, 5]),
            ("cap_month", [at(2026, 9, 30, 23, 59), at(2026, 10, 1, 0, 0), at(2026, 10, 31, 23, 59)], [5, 5, 0]),
            ("cap_year", [at(2025, 12, 31, 23, 59), at(2026, 1, 1, 0, 0), at(2026, 11, 1, 0, 0)], [5, 5, 0]),
            ("cap_lifetime", [at(2024, 1, 1, 0, 0), at(2026, 1, 1, 0, 0)], [5, 0]),
        ],
    )
    def test_days_months_and_years_are_those_of_shanghai(self, alice, cap, moments, points):
        rule(**{cap: 5})
        assert [awarded(told(alice, at=moment)).get("test.quiz", 0) for moment in moments] == points

    def test_of_what_a_cap_leaves_less_than_the_whole_the_rest_is_paid(self, alice):
        rule(cap_day=12)
        assert [awarded(told(alice)) for _ in range(4)] == [{"test.quiz": 5}, {"test.quiz": 5}, {"test.quiz": 2}, {}]

    def test_in_one_batch_caps_hold_as_well(self, alice, bob):
        rule(cap_day=12)
        pay(*(fact(who) for who in (alice, bob, alice, alice, bob, alice)))
        assert (points_of(alice), points_of(bob)) == (12, 10)

    def test_a_clock_that_is_ahead_lifts_nobody_over_a_cap(self, alice):
        rule(cap_day=5)
        for days in (0, 1, 400):
            told(alice, at=NOON + timedelta(days=days))
        assert points_of(alice) == 5

    def test_a_lifetime_is_a_persons_not_an_accounts(self):
        rule(cap_lifetime=5)
        first = MemberFactory(mobile="+8613712345678")
        told(first)
        Member.objects.filter(pk=first.pk).update(mobile="", mobile_index=None, is_active=False)
        again = MemberFactory(mobile="+8613712345678")
        assert whys(told(again)) == ["cap"]
        assert awarded(told(MemberFactory(mobile="+8613787654321"))) == {"test.quiz": 5}

    def test_merged_accounts_have_had_what_both_had(self, alice, bob):
        quiz = rule(cap_lifetime=15)
        told(alice, cause="same")
        told(bob, cause="same")
        told(bob, cause="other")
        move_payments(kept_id=alice.pk, closed_id=bob.pk)
        assert paid(alice, "test.quiz") == 10
        assert whys(told(alice, cause="other")) == ["paid_already"]
        assert awarded(told(alice)) == {"test.quiz": 5}
        assert whys(told(alice)) == ["cap"]
        assert RulePayment.objects.filter(rule=quiz, member=bob).count() == 1


@pytest.mark.django_db
class TestOnce:
    def test_the_same_cause_told_again_changes_nothing(self, alice):
        rule()
        for _ in range(3):
            told(alice, cause="quiz:1")
        pay(fact(alice, cause="quiz:1"), fact(alice, cause="quiz:1"))
        assert (points_of(alice), Posting.objects.count(), RulePayment.objects.count()) == (5, 1, 1)

    def test_one_cause_pays_each_member_and_each_rule(self, alice, bob):
        rule()
        rule(code="test.other", points=7)
        for who in (alice, bob, alice):
            told(who, cause="quiz:1")
        assert (points_of(alice), points_of(bob)) == (12, 12)

    def test_database_keeps_it_even_where_nobody_asked(self, alice):
        rule()
        told(alice, cause="quiz:1")
        payment = RulePayment.objects.get()
        payment.pk, payment.posting, payment.state = None, None, "waiting"
        with pytest.raises(IntegrityError, match="rule_payment_once"), transaction.atomic():
            payment.save(force_insert=True)
        payment.cause = "once:other"
        with pytest.raises(IntegrityError, match="rule_payment_fact_once"), transaction.atomic():
            payment.save(force_insert=True)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({}, {"once_per": ["event.quiz"]}),
            ({"once_per": ["event.quiz"]}, {"once_per": []}),
            ({"once_per": ["event.quiz"]}, {"once_days": 30}),
        ],
    )
    def test_one_event_is_paid_once_whatever_the_rule_pays_once_for_by_now(self, alice, before, after):
        rule(**before)
        told(alice, cause="quiz:1", quiz="Q1")
        EarningRule.objects.update(**after)
        with time_machine.travel(NOON + timedelta(days=40), tick=False):
            assert whys(told(alice, cause="quiz:1", quiz="Q1")) == ["paid_already"]
        assert points_of(alice) == 5

    def test_one_event_that_both_of_merged_accounts_were_paid_for_stays_behind(self, alice, bob):
        rule()
        told(alice, cause="same", quiz="Q1")
        EarningRule.objects.update(once_per=["event.quiz"])
        told(bob, cause="same", quiz="Q1")
        move_payments(kept_id=alice.pk, closed_id=bob.pk)
        assert (paid(alice, "test.quiz"), paid(bob, "test.quiz")) == (5, 5)


@pytest.mark.django_db
class TestTime:
    def test_window(self, alice):
        rule(starts_at=at(2026, 11, 1), ends_at=at(2026, 11, 8))
        moments = [at(2026, 10, 31, 23, 59), at(2026, 11, 1), at(2026, 11, 7, 23, 59), at(2026, 11, 8)]
        assert [bool(awarded(told(alice, at=moment))) for moment in moments] == [False, True, True, False]

    def test_what_happened_before_a_rule_was_switched_on_pays_nothing(self, alice):
        rule(live_since=NOON)
        assert whys(told(alice, at=NOON - timedelta(seconds=1))) == ["before"]
        assert awarded(told(alice, at=NOON)) == {"test.quiz": 5}

    def test_a_rule_that_is_switched_off_pays_nothing(self, alice):
        rule(live=False)
        assert told(alice) == []


@pytest.mark.django_db
class TestBudget:
    def test_nothing_is_paid_beyond_it(self, alice, bob):
        quiz = rule(budget=12)
        assert [awarded(told(who)) for who in (alice, bob, alice)] == [{"test.quiz": 5}, {"test.quiz": 5}, {}]
        quiz.refresh_from_db()
        assert (quiz.spent, points_of(alice) + points_of(bob)) == (10, 10)

    def test_in_one_batch(self, alice, bob):
        rule(budget=12)
        assert whys(pay(*(fact(who) for who in (alice, bob, alice)))) == ["budget"]


@pytest.mark.django_db
class TestCampaigns:
    def test_multiplies_in_its_time_and_says_so(self, alice):
        rule()
        double = campaign()
        told(alice)
        told(alice, at=NOON - timedelta(days=2))
        by_time = RulePayment.objects.order_by("-occurred_at").values_list("points", "bonus", "campaign")
        assert list(by_time) == [(5, 5, double.pk), (5, 0, None)]
        assert points_of(alice) == 15

    @pytest.mark.parametrize(
        ("multiplier", "bonus"), [("1.10", 1), ("1.09", 0), ("1.50", 3), ("2.00", 5), ("10.00", 45)]
    )
    def test_half_a_point_is_a_whole_one(self, alice, multiplier, bonus):
        rule()
        campaign(multiplier=Decimal(multiplier))
        told(alice)
        assert RulePayment.objects.get().bonus == bonus

    def test_of_two_the_better_applies_never_both(self, alice):
        rule()
        campaign()
        triple = campaign(multiplier=Decimal(3), name_en="Triple")
        told(alice)
        assert (points_of(alice), RulePayment.objects.get().campaign) == (15, triple)

    def test_caps_are_the_rules_own(self, alice):
        rule(cap_day=5)
        campaign()
        told(alice)
        assert (points_of(alice), whys(told(alice))) == (10, ["cap"])

    def test_with_its_budget_spent_the_rule_pays_as_ever(self, alice):
        rule()
        double = campaign(budget=12)
        for _ in range(4):
            told(alice)
        double.refresh_from_db()
        assert (double.spent, points_of(alice)) == (10, 30)

    @pytest.mark.parametrize("other", [{"state": "proposed", "decided_by": None, "decided_at": None}, {"rules": ["x"]}])
    def test_others_change_nothing(self, alice, other):
        rule()
        campaign(**other)
        told(alice)
        assert points_of(alice) == 5


@pytest.mark.django_db
class TestTelling:
    def test_an_event_that_nobody_knows(self, alice):
        with pytest.raises(UnknownTrigger):
            told(alice, "quiz.won")

    @pytest.mark.parametrize("fields", [{"colour": "red"}, {"percent_correct": "80"}, {"percent_correct": 80.0}])
    def test_fields_that_the_event_does_not_have(self, alice, fields):
        rule()
        with pytest.raises(UnknownFields, match=next(iter(fields))):
            told(alice, **fields)
        assert not RulePayment.objects.exists()

    @pytest.mark.parametrize("day", ["2028-12-24", date(2028, 12, 24)])
    def test_points_that_wait_for_a_day_of_the_event(self, alice, day):
        rule(trigger=EXPIRING, available_after="event.expiry_date")
        assert awarded(told(alice, EXPIRING, expiry_date=day)) == {"test.quiz": 5}
        assert balance_of(alice.pk, at=at(2028, 12, 24, 23)).available == 0
        assert balance_of(alice.pk, at=at(2028, 12, 25)).available == 5

    @pytest.mark.parametrize("day", ["2026-2-30", "tomorrow", 20261224, datetime(2026, 12, 24)])
    def test_what_is_no_day(self, alice, day):
        rule(trigger=EXPIRING, available_after="event.expiry_date")
        with pytest.raises(UnknownFields, match="expiry_date"):
            told(alice, EXPIRING, expiry_date=day)

    def test_points_that_could_never_be_spent_are_not_paid_and_others_are(self, alice):
        rule(trigger=EXPIRING, available_after="event.expiry_date")
        rule(trigger=EXPIRING, code="test.other", points=7)
        for day in ("2028-12-31", "2031-01-01", "9999-12-31"):
            found = told(alice, EXPIRING, expiry_date=day)
            assert (awarded(found), whys(found)) == ({"test.other": 7}, ["never_usable"])
        assert awarded(told(alice, EXPIRING, expiry_date="2028-12-30")) == {"test.quiz": 5, "test.other": 7}

    def test_nobody_with_an_account_earns_nothing(self, db):
        rule()
        found = earn(trigger="knowledge.quiz_passed", cause="1", member_id=None, occurred_at=NOON)
        assert whys(found) == ["no_account"]

    def test_an_event_that_no_rule_listens_to_costs_one_question(self, alice, django_assert_num_queries):
        rule()
        with django_assert_num_queries(3):  # the transaction's beginning and end, and the rules
            told(alice, "suggestion.adopted")


@given(
    cap=st.integers(5, 60),
    days=st.lists(st.integers(0, 40), min_size=1, max_size=40),
    kind=st.sampled_from(["cap_day", "cap_month", "cap_year", "cap_lifetime"]),
)
def test_no_cap_is_ever_exceeded_and_none_pays_less_than_it_may(cap, days, kind):
    terms, paid, total = RuleChange(**TERMS, **{kind: cap}), PaidSoFar(), {}
    for number, day in enumerate(days):
        moment = at(2026, 11, 20) + timedelta(days=day)
        what = EarningFact("knowledge.quiz_passed", f"c{number}", 1, moment)
        award = decide(Case(terms, what, {}), paid)
        on = moment.date()
        period = {"cap_day": on, "cap_month": on.replace(day=1), "cap_year": on.year, "cap_lifetime": ""}[kind]
        total.setdefault(period, [0, 0])
        total[period][1] += 5
        if isinstance(award, Award):
            paid.add(award)
            total[period][0] += award.points
    assert all(got == min(cap, wanted) for got, wanted in total.values())


def test_a_rule_of_a_year_counts_days_of_that_year_alone():
    paid = PaidSoFar(by_day={date(2025, 12, 31): 50, date(2026, 1, 1): 5})
    assert paid.room(EarningRule(points=5, cap_year=50), date(2026, 6, 1)) == 45


def test_one_event_whose_points_would_have_ended_keeps_no_other_from_being_paid(alice):
    """It is told so late that nothing of it could be spent any more."""
    rule()
    with time_machine.travel(NOON, tick=False):
        outcomes = pay(fact(alice, at=NOON.replace(year=NOON.year - 3)), fact(alice))
    assert whys(outcomes) == ["never_usable"]
    assert points_of(alice) == 5
