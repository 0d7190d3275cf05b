"""What a member finds first: the step to take, their policies, what they were told."""

import pytest
from django.urls import reverse

from members.models import ActionPolicy, Level, Policy, PolicyRole
from points.actions.accrue import accrue
from portal.levels_open import PAGES, services_by_level
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.accounts import verified
from tests.visits import tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    alice = MemberFactory(agrees=True, name="王小明", customer=CustomerFactory())
    client.force_login(alice)
    return alice


def test_a_visitor_reads_what_this_is(client):
    assert "您好" not in client.get("/").text


def test_a_new_member_sees_the_step_that_opens_the_policies_and_none_of_them(client, alice):
    policy = PolicyFactory(policyholder=alice.customer)
    answer = client.get("/").text
    assert "王小明，您好" in answer
    assert reverse("verify-identity") in answer
    assert policy.policy_no not in answer


def test_the_balance_is_shown_and_leads_to_the_points(client, alice):
    accrue(member_id=alice.pk, points=1_234, scope="t", key="1", reason="daily.quiz")
    page = client.get("/").text.partition("<main")[2]
    assert 'class="cell" href="/points"' in page and "我的榕豆" in page and ">1,234<" in page


def test_a_level_promises_no_page_that_is_not_there(client, alice):
    page = client.get(reverse("level")).text
    assert f'href="{reverse("change-phone")}"' in page
    assert f'href="{reverse("my-policies")}"' not in page  # not open yet
    assert "即将上线，目前请致电或到柜面办理" in page
    verified(alice)
    assert f'href="{reverse("my-policies")}"' in client.get(reverse("level")).text
    assert "这些业务即将上线，目前请到柜面办理" in client.get("/").text


def test_what_has_a_page_is_open_there(client, alice, monkeypatch):
    verified(alice)
    monkeypatch.setitem(PAGES, "loan.apply", "my-policies")
    assert "可以办理：申请保单贷款。" in client.get("/").text
    assert client.get(reverse("level")).text.count("即将上线") == len([page for page in PAGES.values() if not page])


def test_members_are_not_told_of_a_second_step_that_only_staff_have(client, alice):
    assert "二次验证" not in client.get(reverse("me")).text


def test_policies_are_for_verified_members(client, alice):
    policy = PolicyFactory(policyholder=alice.customer)
    refused = client.get(reverse("my-policies"))
    assert refused.status_code == 403
    assert f"{reverse('verify-identity')}?next=%2Fme%2Fpolicies" in refused.text
    assert policy.policy_no not in refused.text
    verified(alice)
    assert policy.policy_no in client.get(reverse("my-policies")).text
    assert policy.policy_no in client.get("/").text


def test_whoever_holds_or_is_insured_sees_it_and_nobody_else(client, alice):
    bob = CustomerFactory()
    for_alice, for_bob = PolicyFactory(policyholder=bob), PolicyFactory(policyholder=bob)
    for policy, role in [(for_alice, "insured"), (for_bob, "beneficiary"), (for_bob, "payer")]:
        PolicyRole.objects.filter(policy=policy, role=role).delete()
        PolicyRole.objects.create(policy=policy, customer=alice.customer, role=role)
    verified(alice)
    answer = client.get(reverse("my-policies")).text
    assert for_alice.policy_no in answer
    assert "被保险人" in answer
    assert "投保人" not in answer.partition('class="facts"')[2]
    assert for_bob.policy_no not in answer


def test_a_member_without_a_customer_record_has_none(client):
    client.force_login(verified(MemberFactory(agrees=True)))
    PolicyFactory()
    assert "还没有保单" in client.get(reverse("my-policies")).text


def test_what_runs_comes_first_and_home_shows_three(client, alice):
    verified(alice)
    numbers = [
        PolicyFactory(policyholder=alice.customer, status=status).policy_no
        for status in (Policy.Status.LAPSED, Policy.Status.IN_FORCE, Policy.Status.GRACE, Policy.Status.PAID_UP)
    ]
    answer = client.get("/").text
    assert [number in answer for number in numbers] == [False, True, True, True]
    assert "全部 4 份保单" in answer


def test_the_inbox_shows_ones_own_messages_twenty_at_a_time(client, alice):
    tell(MemberFactory(), "别人的消息", "不给看")
    for number in range(21):
        tell(alice, f"第{number}条", "正文")
    newest, older = client.get(reverse("my-messages")).text, client.get(reverse("my-messages"), {"page": 2}).text
    assert "第20条" in newest and "第1条" in newest and "第0条" not in newest
    assert "第0条" in older
    assert "别人的消息" not in newest + older
    assert client.get(reverse("my-messages"), {"page": "seven"}).status_code == 200


@pytest.mark.parametrize("name", ["my-policies", "my-messages"])
def test_nobody_reads_without_signing_in(client, name):
    assert client.get(reverse(name))["Location"] == f"{reverse('account_login')}?next={reverse(name)}"


def test_a_level_opens_what_the_terms_in_force_say(client, alice):
    """Two people have approved that policies are seen by the advanced level alone."""
    ActionPolicy.objects.create(action="policy.view", level=Level.ADVANCED, entrances=["web"], fresh_minutes=5)
    opened = services_by_level()
    assert "查看保单" in [service.name for service in opened[Level.ADVANCED]]
    assert "查看保单" not in [service.name for service in opened[Level.VERIFIED]]
    verified(alice)
    assert f'href="{reverse("my-policies")}"' not in client.get(reverse("level")).text
