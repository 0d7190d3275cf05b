"""What customers hear about their VIP tier."""

from datetime import date

import pytest

from benefits.actions.end_buffers import end_buffers
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.actions.tell_of_tiers import tell_of_tiers
from benefits.events import tier_upgraded
from benefits.models import TierNotice
from notifications.actions.load_catalogue import load_catalogue
from notifications.models import Message, PlatformEvent
from tests.benefits.tiers import assessed, holder, pays
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol():
    load_catalogue()
    load_tier_terms()
    return holder(200_000, reachable=True)


def told(customer) -> list[tuple[str, str, str]]:
    found = PlatformEvent.objects.filter(customer=customer).order_by("pk")
    return [(event.code, event.data["tier_name"], event.data["effective_date"]) for event in found]


def bodies(customer) -> str:
    return " ".join(Message.objects.filter(customer=customer).values_list("body", flat=True))


def test_rise_warning_and_fall_are_told_each_once(carol):
    assessed(carol, date(2026, 3, 1))
    assert told(carol) == []
    assert (tell_of_tiers(), tell_of_tiers()) == (1, 0)
    pays(carol.policy_roles.first().policy, 30_000)
    assessed(carol, date(2027, 4, 1))
    tell_of_tiers()
    end_buffers(on=date(2027, 5, 31))
    tell_of_tiers()
    assert told(carol) == [
        ("membership.tier_upgraded", "钻石卡", "2026-03-01"),
        ("membership.tier_downgrade_warning", "金卡", "2027-05-31"),
        ("membership.tier_changed_down", "金卡", "2027-05-31"),
    ]
    assert "您的VIP等级自2026-03-01起升为钻石卡" in bodies(carol)
    assert not TierNotice.objects.exists()


def test_end_of_all_tiers_has_words_of_its_own_in_the_member_s_language(carol):
    MemberFactory(customer=carol, language="en")
    assessed(carol, date(2026, 3, 1))
    pays(carol.policy_roles.first().policy, 1)
    assessed(carol, date(2027, 4, 1))
    tell_of_tiers()
    assert told(carol)[-1] == ("membership.tier_downgrade_warning", "ordinary membership", "2027-05-31")


def test_what_stays_or_is_renewed_is_told_to_nobody(carol):
    assessed(carol, date(2026, 3, 1))
    tell_of_tiers()
    pays(carol.policy_roles.first().policy, 250_000)
    assessed(carol, date(2026, 4, 1))
    assessed(carol, date(2027, 4, 1))
    assert tell_of_tiers() == 0


def test_whoever_can_t_be_told_keeps_nobody_else_from_it(carol, monkeypatch):
    dora = holder(30_000, reachable=True)
    for customer in (carol, dora):
        assessed(customer, date(2026, 3, 1))

    def fail(fact, **_):
        if fact.customer_id == carol.pk:
            raise ValueError

    tier_upgraded.connect(fail)
    try:
        assert tell_of_tiers() == 1
    finally:
        tier_upgraded.disconnect(fail)
    assert (told(carol), len(told(dora))) == ([], 1)
    assert tell_of_tiers() == 1
    assert len(told(carol)) == 1
