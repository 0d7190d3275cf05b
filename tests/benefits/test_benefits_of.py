"""What a customer reads of their benefits: what is left, from where, and why it can't be used."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from benefits.actions.tell_of_benefits import tell_of_expiry, tell_of_gains
from benefits.events import quota_expiring, quota_granted
from benefits.models import Booking, Entitlement, Tier
from benefits.own_data import erase_family, export_family
from benefits.queries.bookable import Coming, bookable_services
from benefits.queries.entitlements import Obstacle, benefits_of
from benefits.queries.usage import usage_of
from tests.benefits.entitling import DAY, give_tier, insure, of, refresh
from tests.benefits.network import at, make_offer
from tests.benefits.visitors import family
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def alice():
    """A verified customer of 46 years."""
    member = verified(MemberFactory(customer=CustomerFactory()))
    return member.customer


def found(customer, code, *, on=DAY):
    return next(each for each in benefits_of(customer.pk, on=on) if each.service.code == code)


def test_figures_of_one_share(alice):
    give_tier(alice, Tier.BLACK_DIAMOND)
    refresh(alice)
    Entitlement.objects.filter(service__code="dental_cleaning").update(held=1, used=1, family_used=1)
    benefit = found(alice, "dental_cleaning")
    (share,) = benefit.shares
    assert (benefit.quota, benefit.left, benefit.booked, benefit.used) == (4, 2, 1, 1)
    assert (share.family_left, share.ends_on, share.source, share.obstacle) == (2, date(2026, 12, 31), "tier", None)
    assert benefit.obstacle is None


def test_what_ends_first_comes_first_and_figures_are_of_all(alice):
    give_tier(alice, Tier.DIAMOND)
    policy = insure(alice, "MED_GLOBAL", effective_on=date(2024, 3, 10))
    refresh(alice)
    benefit = found(alice, "second_opinion")
    assert [share.ends_on for share in benefit.shares] == [date(2026, 12, 31), date(2027, 3, 9)]
    assert [share.policy_no for share in benefit.shares] == ["", policy.policy_no]
    assert (benefit.quota, benefit.left) == (3, 3)


def test_without_end(alice):
    give_tier(alice, Tier.DIAMOND)
    refresh(alice)
    benefit = found(alice, "tele_doctor")
    assert (benefit.quota, benefit.left, benefit.open_shares) == (None, None, list(benefit.shares))


def test_withdrawn_and_booked(alice):
    give_tier(alice, Tier.PLATINUM)
    refresh(alice)
    Entitlement.objects.filter(service__code="health_checkup").update(held=1)
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    benefit = found(alice, "health_checkup")
    assert (benefit.obstacle.obstacle, benefit.booked, benefit.counted) == (Obstacle.WITHDRAWN, 1, [])


def test_what_is_booked_next_year_is_none_of_this_years_figures(alice):
    december = date(2026, 12, 1)
    give_tier(alice, Tier.BLACK_DIAMOND)
    refresh(alice, on=december)
    Entitlement.objects.filter(service__code="dental_cleaning", starts_on__year=2027).update(held=1)
    benefit = found(alice, "dental_cleaning", on=december)
    assert (len(benefit.shares), benefit.left, benefit.booked) == (2, 4, 0)


def test_what_can_be_booked_next_year_is_said_apart(alice):
    december = date(2026, 12, 1)
    give_tier(alice, Tier.GOLD)
    policy = insure(alice, effective_on=date(2026, 3, 10))
    refresh(alice, on=december)
    cleaning = Entitlement.objects.filter(service__code="dental_cleaning")
    of_a_policy = cleaning.model(
        customer=alice, service=cleaning[0].service, allowance=cleaning[0].allowance, source="product", policy=policy,
        starts_on=date(2026, 3, 10), ends_on=date(2027, 3, 9), quota=2,
    )  # fmt: skip
    of_a_policy.save()

    def left():
        (found,) = (
            each for each in bookable_services(alice.member, on=december) if each.service == of_a_policy.service
        )
        return found.left, found.ends_on, found.coming

    assert left() == (3, date(2026, 12, 31), (Coming(1, date(2027, 1, 1)),))
    cleaning.filter(starts_on__year=2027).update(held=1)
    assert left() == (3, date(2026, 12, 31), ())
    cleaning.filter(starts_on__year=2027).update(held=0)
    cleaning.filter(starts_on__year=2026).update(withdrawn_on=december)
    assert left() == (0, None, (Coming(1, date(2027, 1, 1)),))
    cleaning.filter(starts_on__year=2027).update(quota=None)
    assert left() == (0, None, (Coming(None, date(2027, 1, 1)),))


def test_level_of_the_account(alice):
    bob = CustomerFactory()
    MemberFactory(customer=bob)
    for customer in (bob, CustomerFactory()):
        give_tier(customer, Tier.GOLD)
        refresh(customer)
        assert found(customer, "tele_doctor").obstacle.obstacle == Obstacle.LEVEL


@pytest.mark.parametrize(
    ("born", "obstacle"),
    [
        (date(2008, 8, 30), Obstacle.AGE),
        (date(2008, 8, 29), None),
        (date(1950, 8, 30), None),
        (date(1950, 8, 29), Obstacle.AGE),
        (None, None),
    ],
)
def test_age_on_the_day(alice, born, obstacle):
    alice.birth_date = born
    alice.save()
    give_tier(alice, Tier.PLATINUM)
    refresh(alice)
    assert found(alice, "health_checkup").shares[0].obstacle == obstacle


def test_too_old_oneself_what_may_go_to_family_is_open(alice):
    alice.birth_date = date(1940, 1, 1)
    alice.save()
    give_tier(alice, Tier.BLACK_DIAMOND)
    refresh(alice)
    assert found(alice, "health_checkup").obstacle is None


def test_used_up(alice):
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    Entitlement.objects.filter(service__code="hospital_guidance").update(used=1)
    assert found(alice, "hospital_guidance").obstacle.obstacle == Obstacle.USED_UP


def missed(customer, *days):
    """Visits that were booked and not kept."""
    seat, offer = of(customer, "festival_priority"), make_offer()
    price = offer.site.provider.contracts.get().prices.get()
    for day in days:
        starts_at = at(day, 10)
        slot, _ = offer.slots.get_or_create(starts_at=starts_at, capacity=1)
        Booking.objects.create(
            customer=customer, member=customer.member, entitlement=seat, slot=slot, starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1), contract_price=price, price=price.price, state="no_show",
            request_key=str(day), ended_at=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "until"),
    [
        ([date(2026, 6, 1)], None),
        ([date(2026, 6, 1), date(2026, 3, 1)], date(2027, 6, 1)),
        ([date(2025, 8, 29), date(2025, 7, 1)], None),
        ([date(2025, 8, 30), date(2025, 7, 1)], date(2026, 8, 30)),
        ([date(2026, 6, 1), date(2025, 6, 2)], date(2027, 6, 1)),
        # On the day on which one suspension would end the next one does not begin.
        ([date(2026, 6, 1), date(2025, 6, 1)], None),
    ],
)
def test_who_does_not_come_twice_is_suspended_for_twelve_months(alice, days, until):
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    missed(alice, *days)
    share = found(alice, "festival_priority").shares[0]
    assert (share.obstacle, share.until) == (Obstacle.SUSPENDED if until else None, until)


def test_one_query_more_for_each_service_and_no_more(alice, django_assert_max_num_queries):
    give_tier(alice, Tier.BLACK_DIAMOND)
    for product in ("CI_LIFE", "MED_GLOBAL", "PA_DRIVE"):
        insure(alice, product)
    refresh(alice)
    with django_assert_max_num_queries(6):
        benefits_of(alice.pk, on=DAY)


def test_usage_by_service_and_giver(alice):
    bob = CustomerFactory()
    for customer in (alice, bob):
        give_tier(customer, Tier.GOLD)
    insure(bob, "MED_ASIA")
    refresh(alice, bob)
    Entitlement.objects.filter(service__code="tele_doctor", customer=alice).update(used=3, held=1)
    used = {(usage.service.code, usage.giver): usage for usage in usage_of(on=DAY)}
    calls = used["tele_doctor", "gold"]
    assert (calls.customers, calls.quota, calls.booked, calls.used, calls.percent_used) == (2, 24, 1, 3, 12)
    assert used["direct_billing_network", "MED_ASIA"].quota is None


@pytest.fixture
def heard():
    """Facts in the order in which they were told."""
    facts = []

    def hear(fact, **_):
        facts.append(fact)

    for signal in (quota_granted, quota_expiring):
        signal.connect(hear)
    yield facts
    for signal in (quota_granted, quota_expiring):
        signal.disconnect(hear)


def test_gains_are_told_once_all_together(alice, heard):
    give_tier(alice, Tier.GOLD)
    insure(alice)
    refresh(alice)
    assert tell_of_gains(on=DAY) == 1
    (fact,) = heard
    assert (fact.customer_id, len(fact.entitlement_ids)) == (alice.pk, 6)
    assert (tell_of_gains(on=DAY), len(heard)) == (0, 1)


def test_what_is_gone_again_is_not_told(alice, heard):
    give_tier(alice, Tier.GOLD)
    refresh(alice)
    give_tier(alice, None)
    refresh(alice)
    assert (tell_of_gains(on=DAY), heard) == (0, [])


def test_what_cannot_be_told_to_one_is_told_to_the_others_and_tried_again(alice, heard):
    bob = CustomerFactory()
    for customer in (alice, bob):
        give_tier(customer, Tier.GOLD)
    refresh(alice, bob)

    def stumble(fact, **_):
        if fact.customer_id == alice.pk:
            raise KeyError

    quota_granted.connect(stumble)
    assert tell_of_gains(on=DAY) == 1
    quota_granted.disconnect(stumble)
    assert tell_of_gains(on=DAY) == 1
    assert heard[-1].customer_id == alice.pk


def test_a_month_before_the_end_what_is_left_is_told(alice, heard):
    give_tier(alice, Tier.PLATINUM)
    refresh(alice)
    Entitlement.objects.filter(service__code="health_checkup").update(used=1)
    assert tell_of_expiry(on=date(2026, 11, 30)) == 0
    assert tell_of_expiry(on=date(2026, 12, 1)) == 1
    (fact,) = heard
    codes = set(Entitlement.objects.filter(pk__in=fact.entitlement_ids).values_list("service__code", flat=True))
    assert codes == {"dental_cleaning", "hospital_guidance", "tele_doctor", "festival_priority", "medical_access"}
    assert fact.ends_on == date(2026, 12, 31)
    assert tell_of_expiry(on=date(2026, 12, 3)) == 1  # late, after a weekend; the listener knows it was told
    assert tell_of_expiry(on=date(2026, 12, 4)) == 0


def test_a_closed_account_leaves_no_name_on_the_family_list(alice):
    guest = family(alice.member)
    (listed,) = export_family(alice.member)
    assert "李小红" in str(listed.rows)
    assert set(listed.labels) == {"name", "relation", "birth_date", "id_no", "listed_at", "removed_at"}
    assert erase_family(alice.member) == []
    guest.refresh_from_db()
    assert (guest.name, guest.birth_date, guest.id_no_index, guest.id_no_end) == ("", None, None, "")
    assert isinstance(guest.removed_at, datetime)
