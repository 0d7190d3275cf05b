"""How long a tier lasts, when it rises, and when it falls (docs/decisions/005-tier-validity.md)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from benefits.actions.end_buffers import end_buffers
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.models import Tier, TierAssessment, TierNotice, TierPeriod
from tests.benefits.tiers import Cause, assessed, history, holder, pays

pytestmark = pytest.mark.django_db


def state(period: TierPeriod | None) -> tuple[str, ...] | None:
    if period is None:
        return None
    return tuple(str(each) for each in (period.tier, period.starts_on, period.valid_to, period.buffer_to))


@pytest.fixture
def carol(terms):
    """Gold since 1 March 2026."""
    customer = holder(30_000)
    assessed(customer, date(2026, 3, 1))
    return customer


@pytest.fixture
def policy(carol):
    return carol.policy_roles.first().policy


def test_the_application_may_assess_and_leaves_nothing_between(terms, application):
    customer, other = holder(30_000), holder()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO benefits_tiershare VALUES (%s, 1, 900000, 1, 900000)", [other.pk])
    for day in (date(2026, 3, 1), date(2027, 3, 1)):
        assert assessed(customer, day).tier == Tier.GOLD
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id FROM benefits_tiershare UNION SELECT customer_id FROM benefits_tierfinding")
        assert cursor.fetchall() == []
    assert not other.tier_periods.exists(), "what lay there is not believed"


@pytest.mark.parametrize(
    ("began", "valid_to"),
    [
        ("2026-03-01", "2027-03-31"),
        ("2026-03-15", "2027-03-31"),
        ("2027-02-28", "2028-02-29"),
        ("2028-02-29", "2029-02-28"),
    ],
)
def test_it_is_valid_to_the_end_of_the_same_month_next_year(terms, began, valid_to):
    period = assessed(holder(30_000), date.fromisoformat(began))
    assert (str(period.starts_on), str(period.valid_to)) == (began, valid_to)


def test_more_is_had_at_once_with_a_validity_of_its_own(carol, policy):
    pays(policy, 200_000)
    assert state(assessed(carol, date(2026, 6, 10))) == ("diamond", "2026-06-10", "2027-06-30", "None")
    [gold, diamond] = carol.tier_periods.order_by("pk")
    assert gold.ended_on == diamond.starts_on
    assert TierPeriod.objects.on(date(2026, 6, 9)).get() == gold
    assert TierPeriod.objects.on(date(2026, 6, 10)).get() == diamond


def test_two_rises_on_one_day_leave_the_higher(carol, policy):
    for premium in (80_000, 200_000):
        pays(policy, premium)
        assessed(carol, date(2026, 6, 10))
    assert [period.tier for period in TierPeriod.objects.on(date(2026, 6, 10))] == ["diamond"]


def test_less_within_the_validity_changes_nothing_but_is_kept(carol, policy):
    pays(policy, 20_000)
    assert state(assessed(carol, date(2027, 3, 31))) == ("gold", "2026-03-01", "2027-03-31", "None")
    assert history(carol) == [("2026-03-01", "begun", "gold"), ("2027-03-31", "kept", "gold")]
    last = TierAssessment.objects.latest("pk")
    assert (last.vip_premium, last.reached) == (Decimal(20_000), "")


def test_reached_still_it_is_renewed_for_twelve_months(carol):
    assert state(assessed(carol, date(2027, 4, 1), Cause.MONTHLY)) == ("gold", "2026-03-01", "2028-03-31", "None")
    assert state(assessed(carol, date(2027, 4, 1), Cause.MONTHLY)) == ("gold", "2026-03-01", "2028-03-31", "None")


def test_no_longer_reached_it_is_kept_for_sixty_days_and_ends(carol, policy):
    pays(policy, 20_000)
    # 31 March + 60 days
    assert state(assessed(carol, date(2027, 4, 1))) == ("gold", "2026-03-01", "2027-03-31", "2027-05-30")
    assert state(assessed(carol, date(2027, 5, 1))) == ("gold", "2026-03-01", "2027-03-31", "2027-05-30")
    assert end_buffers(on=date(2027, 5, 30)) == 0
    assert end_buffers(on=date(2027, 5, 31)) == 1
    assert end_buffers(on=date(2027, 5, 31)) == 0
    assert carol.tier_periods.get().ended_on == date(2027, 5, 31)
    assert history(carol) == [
        ("2026-03-01", "begun", "gold"),
        ("2027-04-01", "warned", "gold"),
        ("2027-05-31", "ended", ""),
    ]


def test_after_the_buffer_it_falls_to_what_is_reached(terms):
    customer = holder(200_000)
    assessed(customer, date(2026, 3, 1))
    pays(customer.policy_roles.first().policy, 80_000)
    assessed(customer, date(2027, 4, 1))
    assert state(assessed(customer, date(2027, 5, 31))) == ("platinum", "2027-05-31", "2028-05-31", "None")


def test_reached_again_within_the_buffer_it_is_renewed(carol, policy):
    pays(policy, 20_000)
    assessed(carol, date(2027, 4, 1))
    pays(policy, 30_000)
    assert state(assessed(carol, date(2027, 5, 10))) == ("gold", "2026-03-01", "2028-03-31", "None")
    assert end_buffers(on=date(2027, 5, 31)) == 0


def test_more_within_the_buffer_is_a_rise(carol, policy):
    pays(policy, 20_000)
    assessed(carol, date(2027, 4, 1))
    pays(policy, 80_000)
    assert state(assessed(carol, date(2027, 5, 10))) == ("platinum", "2027-05-10", "2028-05-31", "None")


def test_warned_late_a_customer_has_all_the_days(carol, policy):
    """The assessment of April did not happen; that of 1 July warns: 30 June + 60 days."""
    pays(policy, 20_000)
    assert state(assessed(carol, date(2027, 7, 1))) == ("gold", "2026-03-01", "2027-03-31", "2027-08-29")


def test_assessment_of_an_earlier_day_undoes_nothing(carol, policy):
    pays(policy, 80_000)
    now = assessed(carol, date(2026, 6, 10))
    assert assessed(carol, date(2026, 6, 1)) == now
    assert carol.tier_periods.count() == 2


def test_assessment_of_a_day_before_the_end_begins_nothing(carol, policy):
    pays(policy, 20_000)
    assessed(carol, date(2027, 4, 1))
    assessed(carol, date(2027, 5, 31))
    pays(policy, 30_000)
    assert assessed(carol, date(2027, 5, 1)) is None
    assert assessed(carol, date(2027, 5, 31)) is not None


def test_same_again_changes_nothing(carol):
    before = list(TierPeriod.objects.values()), list(TierAssessment.objects.values()), TierNotice.objects.count()
    assessed(carol, date(2026, 3, 1))
    assessed(carol, date(2026, 4, 1), Cause.MONTHLY)
    assert (
        list(TierPeriod.objects.values()),
        list(TierAssessment.objects.values()),
        TierNotice.objects.count(),
    ) == before


def test_what_was_found_stays(carol):
    with pytest.raises(InternalError, match="append_only"), transaction.atomic():
        TierAssessment.objects.update(vip_premium=0)
    with pytest.raises(InternalError, match="append_only"), transaction.atomic():
        TierAssessment.objects.latest("pk").delete()


def test_database_keeps_tiers_apart(carol):
    about = {"customer": carol, "tier": "diamond", "cause": "monthly", "valid_to": date(2030, 1, 31)}
    # Two without an end overlap, too: which of the two says so first depends on which index is older.
    with pytest.raises(IntegrityError, match=r"benefits_(one_tier_at_a_time|tiers_follow)"), transaction.atomic():
        TierPeriod.objects.create(**about, starts_on=date(2029, 1, 1))
    with pytest.raises(IntegrityError, match="benefits_tiers_follow_each_other"), transaction.atomic():
        TierPeriod.objects.create(**about, starts_on=date(2026, 5, 1), ended_on=date(2026, 6, 1))


#: Days until something happens, the premium from then on (None: as it was), and what looks at it.
STEPS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 45), st.integers(200, 430)),
        st.sampled_from([None, 0, 29_999, 30_000, 80_000, 200_000, 500_000]),
        st.sampled_from(["assess", "buffers", "both"]),
    ),
    min_size=1,
    max_size=10,
)


@given(steps=STEPS)
@settings(max_examples=60)
def test_whatever_happens_promises_are_kept(steps):
    """Never two at once, never lowered within the validity or the buffer, never above what was reached, and not above
    what is reached once the buffer is over."""
    load_tier_terms()
    customer, day, most = holder(0), date(2026, 1, 1), 0
    policy = customer.policy_roles.first().policy
    premium = 0
    for days, changed, what in steps:
        day += timedelta(days=days)
        if changed is not None:
            pays(policy, premium := changed)
        before = TierPeriod.objects.filter(customer=customer, ended_on=None).first()
        if what != "buffers":
            assessed(customer, day)
        if what != "assess":
            end_buffers(on=day)
        looked = what != "buffers" or (before and before.buffer_to and before.buffer_to < day)
        reached = sum(premium >= threshold for threshold in (30_000, 80_000, 200_000, 500_000)) if looked else 0
        most = max(most, reached)
        after = TierPeriod.objects.filter(customer=customer, ended_on=None).first()
        rank = Tier(after.tier).rank if after else 0
        had = Tier(before.tier).rank if before else 0
        assert rank <= most
        assert rank >= reached
        if before and day <= before.valid_to:
            assert rank >= had
        if before and before.buffer_to and day <= before.buffer_to:
            assert rank >= had
        if before and rank < had:
            assert before.buffer_to and before.buffer_to < day and rank == reached
        periods = list(TierPeriod.objects.filter(customer=customer).order_by("pk"))
        assert sum(period.ended_on is None for period in periods) <= 1
        assert all(earlier.ended_on <= later.starts_on for earlier, later in pairwise(periods))
