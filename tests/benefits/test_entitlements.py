"""What tiers and policies give: made, topped up, cut, withdrawn and given back, and never below what is booked."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from benefits.actions.refresh_entitlements import Refreshed, refresh_entitlements
from benefits.models import Allowance, Entitlement, Service, Tier
from members.models import Policy, PolicyRole
from tests.benefits.entitling import DAY, give_tier, insure, of, refresh, usable
from tests.factories import CustomerFactory, PolicyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def alice():
    return CustomerFactory()


def test_a_tier_gives_its_services_for_the_calendar_year(alice):
    give_tier(alice, Tier.GOLD)
    assert refresh(alice) == Refreshed(created=4)
    assert usable(alice) == {"dental_cleaning": 1, "hospital_guidance": 1, "tele_doctor": 12, "festival_priority": 1}
    dental = of(alice, "dental_cleaning")
    assert (dental.starts_on, dental.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (dental.source, dental.family_quota, dental.held, dental.used) == ("tier", 1, 0, 0)
    assert dental.allowance == Allowance.objects.get(service__code="dental_cleaning", tier="gold")


def test_again_changes_nothing(alice):
    give_tier(alice, Tier.DIAMOND)
    insure(alice)
    refresh(alice)
    before = list(Entitlement.objects.order_by("pk").values())
    assert refresh(alice) == Refreshed()
    assert list(Entitlement.objects.order_by("pk").values()) == before


def test_a_rise_tops_up_what_the_year_gives_and_keeps_what_was_used(alice):
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    Entitlement.objects.filter(service__code="tele_doctor").update(used=5, held=1)
    give_tier(alice, Tier.PLATINUM)
    assert refresh(alice) == Refreshed(created=3, changed=4)
    calls = of(alice, "tele_doctor")
    assert (calls.quota, calls.left, calls.allowance.tier) == (24, 18, "platinum")
    give_tier(alice, Tier.DIAMOND)
    refresh(alice)
    assert (of(alice, "tele_doctor").quota, of(alice, "tele_doctor").used) == (None, 5)


def test_a_fall_honours_what_is_booked_and_withdraws_what_the_lower_tier_does_not_have(alice):
    give_tier(alice, Tier.BLACK_DIAMOND)
    refresh(alice)
    Entitlement.objects.filter(service__code="dental_cleaning").update(held=1, used=2, family_used=3)
    Entitlement.objects.filter(service__code="health_checkup").update(held=1)
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    dental, checkup = of(alice, "dental_cleaning"), of(alice, "health_checkup")
    assert (dental.quota, dental.family_quota, dental.left, dental.allowance.tier) == (3, 3, 0, "gold")
    assert (checkup.withdrawn_on, checkup.held, checkup.quota) == (DAY, 1, 2)
    assert set(usable(alice)) == {"dental_cleaning", "hospital_guidance", "tele_doctor", "festival_priority"}
    assert of(alice, "tele_doctor").quota == 12


def test_a_tier_that_comes_back_gives_back_the_same_year(alice):
    give_tier(alice, Tier.PLATINUM)
    refresh(alice)
    Entitlement.objects.filter(service__code="health_checkup").update(used=1)
    give_tier(alice, None)
    assert refresh(alice) == Refreshed(withdrawn=7)
    assert usable(alice) == {}
    give_tier(alice, Tier.PLATINUM)
    assert refresh(alice) == Refreshed(changed=7)
    checkup = of(alice, "health_checkup")
    assert (checkup.withdrawn_on, checkup.left) == (None, 0)


def test_a_new_year_gives_anew_and_leaves_the_old_one_as_it_was(alice):
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    Entitlement.objects.filter(service__code="dental_cleaning").update(used=1)
    give_tier(alice, None, on=date(2027, 1, 1))
    give_tier(alice, Tier.PLATINUM, on=date(2027, 1, 1))
    assert refresh(alice, on=date(2027, 1, 1)) == Refreshed(created=7)
    assert of(alice, "dental_cleaning", on=date(2027, 1, 1)).left == 2
    old = of(alice, "dental_cleaning")
    assert (old.quota, old.used, old.withdrawn_on) == (1, 1, None)


def test_a_year_that_begins_within_ninety_days_is_there_to_be_booked(alice):
    give_tier(alice, Tier.GOLD)
    insure(alice, "MED_ASIA", effective_on=date(2025, 12, 2))
    first_day = date(2027, 1, 1)
    refresh(alice, on=first_day - timedelta(days=91))
    assert usable(alice, on=first_day) == {"second_opinion": 1, "direct_billing_network": None}
    refresh(alice, on=first_day - timedelta(days=90))
    assert usable(alice, on=first_day)["dental_cleaning"] == 1
    assert "second_opinion" not in usable(alice, on=date(2027, 12, 2))
    assert of(alice, "second_opinion", on=date(2026, 12, 2)).starts_on == date(2026, 12, 2)
    give_tier(alice, Tier.PLATINUM, on=date(2026, 12, 1))
    refresh(alice, on=date(2026, 12, 1))
    assert usable(alice, on=first_day)["dental_cleaning"] == 2
    give_tier(alice, None, on=date(2026, 12, 5))
    refresh(alice, on=date(2026, 12, 5))
    assert set(usable(alice, on=first_day)) == {"second_opinion", "direct_billing_network"}


def test_a_policy_that_ends_before_its_next_year_has_none(alice):
    policy = insure(alice, "MED_ASIA", effective_on=DAY - timedelta(days=335), expires_on=DAY + timedelta(days=29))
    refresh(alice)
    assert usable(alice, on=DAY + timedelta(days=31)) == {}
    Policy.objects.filter(pk=policy.pk).update(expires_on=DAY + timedelta(days=395))
    refresh(alice)
    assert set(usable(alice, on=DAY + timedelta(days=31))) == {"second_opinion", "direct_billing_network"}


def test_a_policy_that_is_yet_to_begin_gives_from_then_on(alice):
    insure(alice, "MED_ASIA", effective_on=DAY + timedelta(days=30))
    refresh(alice)
    assert usable(alice) == {}
    assert set(usable(alice, on=DAY + timedelta(days=30))) == {"second_opinion", "direct_billing_network"}


def test_the_insured_and_not_the_policyholder_gets_what_the_product_gives(alice):
    bob = CustomerFactory()
    policy = insure(bob, effective_on=date(2024, 3, 10))
    PolicyRole.objects.create(policy=policy, customer=alice, role=PolicyRole.Role.POLICYHOLDER)
    refresh(alice, bob)
    assert (usable(alice), usable(bob)) == ({}, {"outpatient_appointment": 2, "admission_surgery": 1})
    appointment = of(bob, "outpatient_appointment")
    assert (appointment.starts_on, appointment.ends_on) == (date(2026, 3, 10), date(2027, 3, 9))
    assert (appointment.source, appointment.policy) == ("product", policy)


@pytest.mark.parametrize(
    ("effective_on", "day", "starts_on", "ends_on"),
    [
        (date(2024, 2, 29), date(2026, 2, 27), date(2025, 2, 28), date(2026, 2, 27)),
        (date(2024, 2, 29), date(2026, 2, 28), date(2026, 2, 28), date(2027, 2, 27)),
        (date(2024, 2, 29), date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 28)),
        (date(2024, 2, 29), date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 27)),
        (DAY, DAY, DAY, date(2027, 8, 28)),
        (date(2025, 8, 30), DAY, date(2025, 8, 30), DAY),
    ],
)
def test_policy_years_run_from_anniversary_to_anniversary(alice, effective_on, day, starts_on, ends_on):
    insure(alice, "MED_ASIA", effective_on=effective_on)
    refresh(alice, on=day)
    entitlement = of(alice, "second_opinion", on=day)
    assert (entitlement.starts_on, entitlement.ends_on) == (starts_on, ends_on)


@given(effective_on=st.dates(date(2000, 1, 1), date(2030, 12, 31)), later=st.integers(0, 12_000))
@settings(max_examples=40)
def test_policy_years_leave_no_gap_and_never_overlap(effective_on, later):
    with transaction.atomic():
        alice = CustomerFactory()
        policy = insure(alice, "MED_ASIA", effective_on=effective_on)
        day = effective_on + timedelta(days=later)
        refresh(alice, on=day)
        mine = of(alice, "second_opinion", on=day)
        refresh(alice, on=mine.ends_on + timedelta(days=1))
        years = policy.entitlements.filter(service__code="second_opinion").order_by("starts_on")
        assert years[0] == mine
        assert [each.starts_on for each in years[1:]] == [each.ends_on + timedelta(days=1) for each in years][:-1]
        transaction.set_rollback(True)


def test_the_waiting_period_is_waited_for_where_the_terms_ask_for_it(alice):
    insure(alice, "CI_LIFE", waiting_period_ends_on=DAY + timedelta(days=1))
    insure(alice, "MED_ASIA", waiting_period_ends_on=DAY + timedelta(days=1))
    refresh(alice)
    assert set(usable(alice)) == {"second_opinion", "direct_billing_network"}
    refresh(alice, on=DAY + timedelta(days=1))
    assert {"outpatient_appointment", "admission_surgery"} < set(usable(alice, on=DAY + timedelta(days=1)))


@pytest.mark.parametrize("status", Policy.Status)
def test_only_live_policies_give(alice, status):
    insure(alice, "PA_DRIVE", status=status)
    refresh(alice)
    assert bool(usable(alice)) == (status in Policy.LIVE)


def test_a_policy_that_ends_takes_its_services_with_it_and_a_reinstated_one_brings_them_back(alice):
    policy = insure(alice, "PA_DRIVE")
    refresh(alice)
    Policy.objects.update(status=Policy.Status.LAPSED)
    assert refresh(alice) == Refreshed(withdrawn=2)
    Policy.objects.update(status=Policy.Status.IN_FORCE)
    assert refresh(alice) == Refreshed(changed=2)
    assert policy.entitlements.filter(withdrawn_on=None).count() == 2


@pytest.mark.parametrize("days", [1, -1, 40, -40, 150, -150, 182, 183, -182, -183, 300])
def test_a_corrected_first_day_moves_the_year_and_keeps_what_was_used(alice, days):
    policy = insure(alice, "PA_DRIVE", effective_on=date(2025, 9, 10))
    refresh(alice)
    years = policy.entitlements.order_by("service", "starts_on")
    assert [each.starts_on for each in years] == [date(2025, 9, 10), date(2026, 9, 10)] * 2
    years.update(held=1)
    was = list(years)
    Policy.objects.filter(pk=policy.pk).update(effective_on=policy.effective_on + timedelta(days=days))
    refresh(alice)
    usable = policy.entitlements.usable(on=DAY)
    assert {each.pk for each in usable} < {each.pk for each in was}
    assert [each.held for each in usable] == [1, 1]
    assert policy.entitlements.count() <= len(was) + 2  # a year more comes within the ninety days
    assert refresh(alice) == Refreshed()


def test_a_year_that_a_correction_prolongs_is_not_given_anew(alice):
    """By its old days it is over, by the new ones it is not yet."""
    policy = insure(alice, "PA_DRIVE", effective_on=date(2024, 8, 20))
    refresh(alice, on=date(2025, 12, 1))
    refresh(alice)
    old = policy.entitlements.filter(starts_on=date(2025, 8, 20))
    assert old.update(used=1) == 2
    Policy.objects.filter(pk=policy.pk).update(effective_on=date(2024, 9, 5))
    refresh(alice)
    usable = policy.entitlements.usable(on=DAY)
    assert [(each.starts_on, each.ends_on, each.used) for each in usable] == [
        (date(2025, 9, 5), date(2026, 9, 4), 1)
    ] * 2
    assert policy.entitlements.filter(starts_on=date(2026, 9, 5)).count() == 2
    assert policy.entitlements.count() == 4


def test_neither_companies_nor_the_dead_are_given_anything(alice):
    company, bob = CustomerFactory(kind="corporate"), CustomerFactory(deceased_on=DAY)
    for customer in (company, bob):
        insure(customer)
    give_tier(bob, Tier.GOLD)
    refresh(company, bob)
    assert not Entitlement.objects.exists()


def test_those_who_die_are_withdrawn_from(alice):
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    alice.deceased_on = DAY
    alice.save()
    assert refresh(alice) == Refreshed(withdrawn=4)


def test_two_policies_and_a_tier_give_the_same_service_three_times(alice):
    give_tier(alice, Tier.DIAMOND)
    insure(alice, "MED_GLOBAL")
    insure(alice, "MED_ASIA")
    refresh(alice)
    opinions = Entitlement.objects.filter(customer=alice, service__code="second_opinion").order_by("quota", "source")
    assert [(each.source, each.quota) for each in opinions] == [("product", 1), ("tier", 1), ("product", 2)]


def test_others_are_left_alone(alice):
    bob = CustomerFactory()
    for customer in (alice, bob):
        give_tier(customer, Tier.GOLD)
    refresh(alice)
    assert not bob.entitlements.exists()


def test_everybody_in_shards(alice, monkeypatch):
    monkeypatch.setattr("benefits.actions.refresh_entitlements.SHARD", 2)
    crowd = [alice, *(CustomerFactory() for _ in range(6))]
    for customer in crowd[::2]:
        give_tier(customer, Tier.GOLD)
    insure(crowd[1])
    PolicyFactory(policyholder=crowd[3])
    assert refresh_entitlements(customer_ids=None, on=DAY) == Refreshed(created=4 * 4 + 2 * 2)
    give_tier(crowd[6], None)
    assert refresh_entitlements(customer_ids=None, on=DAY) == Refreshed(withdrawn=4)
    assert refresh_entitlements(customer_ids=None, on=DAY) == Refreshed()


def test_only_a_real_gain_is_to_be_told(alice):
    def untold():
        return set(alice.entitlements.filter(gained_at__isnull=False).values_list("service__code", flat=True))

    give_tier(alice, Tier.PLATINUM)
    refresh(alice)
    assert len(untold()) == 7
    alice.entitlements.update(gained_at=None)
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    assert untold() == set()
    Entitlement.objects.filter(service__code="health_checkup").update(used=1)
    give_tier(alice, Tier.PLATINUM)
    refresh(alice)
    # The check-up is back, but used; festival seats are 2 again.
    assert untold() == {
        "dental_cleaning", "hospital_guidance", "tele_doctor", "festival_priority", "medical_access", "vip_line",
    }  # fmt: skip
    give_tier(alice, None)
    refresh(alice)
    assert untold() == set()


def test_the_database_refuses_a_year_twice(alice):
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    dental = of(alice, "dental_cleaning")
    with pytest.raises(IntegrityError, match="benefits_entitlement_of_tier_once"):
        Entitlement.objects.create(
            customer=alice, service=dental.service, allowance=dental.allowance, source="tier",
            starts_on=dental.starts_on, ends_on=dental.ends_on,
        )  # fmt: skip


class AnyOrder(RuleBasedStateMachine):
    """Tiers and policies come and go, visits are booked, used and cancelled, in any order."""

    @initialize()
    def begin(self):
        self.savepoint = transaction.savepoint()
        self.alice = CustomerFactory()
        self.day = DAY

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)

    @rule(tier=st.sampled_from([None, *Tier]))
    def tier_changes(self, tier):
        give_tier(self.alice, tier, on=self.day)
        refresh(self.alice, on=self.day)

    @rule(product=st.sampled_from(["MED_ASIA", "MED_GLOBAL"]), began=st.dates(date(2020, 1, 1), DAY))
    def insured(self, product, began):
        insure(self.alice, product, effective_on=began)
        refresh(self.alice, on=self.day)

    @rule(status=st.sampled_from(Policy.Status), which=st.integers(0, 3))
    def policy_changes(self, status, which):
        policies = list(Policy.objects.filter(roles__customer=self.alice).order_by("pk"))
        if policies:
            policy = policies[which % len(policies)]
            policy.status = status
            policy.save()
            refresh(self.alice, on=self.day)

    @rule(which=st.integers(0, 20), for_family=st.booleans())
    def books(self, which, for_family):
        usable = list(self.alice.entitlements.usable(on=self.day))
        if usable:
            mine = usable[which % len(usable)]
            family = for_family and mine.family_used < mine.family_quota
            if mine.left != 0:
                mine.held += 1
                mine.family_used += family
                mine.save()

    @rule(which=st.integers(0, 20), kept=st.booleans())
    def over(self, which, kept):
        held = list(self.alice.entitlements.filter(held__gt=0))
        if held:
            mine = held[which % len(held)]
            mine.held -= 1
            mine.used += kept
            mine.family_used = min(mine.family_used, mine.held + mine.used)
            mine.save()

    @rule(days=st.integers(1, 200))
    def time_passes(self, days):
        self.day += timedelta(days=days)
        refresh(self.alice, on=self.day)

    @invariant()
    def what_is_booked_is_honoured_and_a_second_run_changes_nothing(self):
        if not hasattr(self, "alice"):
            return
        spent = list(self.alice.entitlements.order_by("pk").values_list("pk", "held", "used", "family_used"))
        refresh(self.alice, on=self.day)
        before = list(self.alice.entitlements.order_by("pk").values())
        assert refresh(self.alice, on=self.day) == Refreshed()
        assert list(self.alice.entitlements.order_by("pk").values()) == before
        assert list(self.alice.entitlements.order_by("pk").values_list("pk", "held", "used", "family_used")) == spent
        tier = self.alice.tier_periods.on(self.day).first()
        given = set(Allowance.objects.filter(tier=tier.tier if tier else "-").values_list("service", flat=True))
        mine = self.alice.entitlements.usable(on=self.day).filter(source="tier").values_list("service", flat=True)
        assert sorted(mine) == sorted(given)


def test_any_order_of_changes_and_bookings(catalogue):
    assert Service.objects.exists()
    run_state_machine_as_test(
        AnyOrder, settings=settings(max_examples=25, stateful_step_count=20, deadline=None, print_blob=False)
    )
