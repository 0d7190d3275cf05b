"""What counts for a VIP tier, and how much: cases that were reckoned by hand from tiers.csv."""

from datetime import date
from decimal import Decimal

import pytest

from benefits.models import TierAssessment, TierPeriod
from members.models import Customer, Policy
from tests.benefits.tiers import assessed, holder, policy_of
from tests.factories import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
DAY = date(2026, 12, 1)


def found(customer: Customer) -> TierAssessment:
    assessed(customer, DAY)
    return TierAssessment.objects.filter(customer=customer).latest("pk")


@pytest.mark.parametrize(
    ("years", "frequency", "premium", "vip_premium"),
    [
        (20, "annual", "30000", "30000.00"),
        (10, "annual", "30000", "30000.00"),
        (10, "monthly", "2500.01", "30000.12"),
        (10, "quarterly", "7500.50", "30002.00"),
        (10, "semiannual", "15000", "30000.00"),
        (9, "annual", "50000", "30000.00"),
        (5, "annual", "50001", "30000.60"),
        (4, "annual", "75000", "30000.00"),
        (3, "monthly", "6250", "30000.00"),
        (2, "annual", "300000", "30000.00"),
        (1, "annual", "300000", "30000.00"),
        (1, "single", "300000", "30000.00"),
    ],
)
def test_premium_counts_by_frequency_and_term(years, frequency, premium, vip_premium):
    customer = CustomerFactory()
    policy = policy_of(customer, premium, premium_term_years=years, frequency=frequency)
    finding = found(customer)
    assert (finding.vip_premium, finding.reached) == (Decimal(vip_premium), "gold")
    [share] = finding.policies
    assert (share["policy"], share["gives"]) == (policy.pk, vip_premium)


@pytest.mark.parametrize(
    ("premium", "tier"),
    [
        ("29999.99", None),
        ("30000", "gold"),
        ("79999.99", "gold"),
        ("80000", "platinum"),
        ("199999.99", "platinum"),
        ("200000", "diamond"),
        ("499999.99", "diamond"),
        ("500000", "black_diamond"),
    ],
)
def test_thresholds_are_those_of_the_catalogue(premium, tier):
    period = assessed(holder(premium), DAY)
    assert (period and period.tier) == tier


def test_policies_add_up_each_with_its_own_factor():
    """8,000 × 1.0 + 12 × 1,000 × 0.6 + 4 × 5,000 × 0.4 + 100,000 × 0.1 = 8,000 + 7,200 + 8,000 + 10,000 = 33,200."""
    customer = CustomerFactory()
    policy_of(customer, 8_000, premium_term_years=15)
    policy_of(customer, 1_000, premium_term_years=6, frequency="monthly")
    policy_of(customer, 5_000, premium_term_years=3, frequency="quarterly")
    policy_of(customer, 100_000, premium_term_years=1, frequency="single")
    policy_of(customer, 900_000, short=True)
    finding = found(customer)
    assert (finding.vip_premium, finding.reached) == (Decimal(33_200), "gold")
    assert [share["gives"] for share in finding.policies] == ["8000.00", "7200.00", "8000.00", "10000.00"]
    assert [share["factor"] for share in finding.policies] == ["1.000", "0.600", "0.400", "0.100"]
    assert [share["annual"] for share in finding.policies] == ["8000.00", "12000.00", "20000.00", "100000.00"]


@pytest.mark.parametrize(
    ("status", "counts"),
    [(status, status in ("in_force", "grace", "paid_up")) for status in Policy.Status.values],
)
def test_only_what_is_in_force_counts(status, counts):
    customer = CustomerFactory()
    policy_of(customer, 30_000, status=status)
    assert bool(assessed(customer, DAY)) is counts


@pytest.mark.parametrize(("ends_on", "counts"), [(date(2026, 11, 30), True), (date(2026, 12, 1), False), (None, False)])
def test_cooling_off_must_be_over(ends_on, counts):
    customer = CustomerFactory()
    policy_of(customer, 30_000, cooling_off_ends_on=ends_on)
    assert bool(assessed(customer, DAY)) is counts


def test_only_the_policyholder_has_it():
    """Not who is insured, and not who pays."""
    carol, dora = holder(30_000), CustomerFactory()
    Policy.objects.get().roles.create(customer=dora, role="insured", relation="child")
    Policy.objects.get().roles.create(customer=dora, role="payer")
    assert assessed(carol, DAY) and not assessed(dora, DAY)


def test_companies_and_the_dead_have_none():
    assert assessed(holder(900_000, kind="corporate"), DAY) is None
    assert assessed(holder(900_000, deceased_on=date(2026, 10, 1)), DAY) is None
    assert not TierPeriod.objects.exists()
    assert not TierAssessment.objects.exists()


def test_whoever_dies_loses_it_at_once_and_nobody_is_told():
    customer = holder(30_000)
    assert assessed(customer, DAY)
    Customer.objects.filter(pk=customer.pk).update(deceased_on=date(2026, 12, 20))
    assert assessed(customer, date(2026, 12, 21)) is None
    last = TierAssessment.objects.latest("pk")
    assert (last.outcome, last.before, last.after, last.reached) == ("closed", "gold", "", "")
    assert not hasattr(last, "notice")
