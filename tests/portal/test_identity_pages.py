"""A member verifies who they are, on the web."""

import re

import pytest
from django.urls import reverse

from members.actions import verify_identity as verification
from members.actions.block_account import block_account
from members.actions.record_proof import record_proof
from members.entrances import Entrance
from members.models import AccountBlock, Factor, Level
from members.queries import level_of
from members.roles import Role
from members.sessions import session_of
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.accounts import staff
from tests.members.test_verify_identity import ALICES_ID, resident_id
from tests.notifications.conftest import make_event_type
from tests.portal.test_member_api import App

pytestmark = pytest.mark.django_db
TYPED = {"name": "王䶮", "id_type": "resident_id", "id_no": ALICES_ID}
ONE_ANSWER = "姓名、证件和手机号没有全部"


@pytest.fixture
def insured_alice():
    customer = CustomerFactory(name="王䶮", id_type="resident_id", id_no=ALICES_ID, mobile="+8613800000001")
    PolicyFactory(policyholder=customer)
    make_event_type(
        "verification.policy_bound",
        variables={"policy_no": "str", "customer_name": "str", "event_time": "datetime"},
        channels=["app"],
    )
    return customer


@pytest.fixture
def alice(client):
    """Signed in, and has just shown that she holds her phone."""
    member = MemberFactory(agrees=True, mobile="+8613800000001", name="")
    client.force_login(member)
    record_proof(
        member=member,
        factor=Factor.CODE,
        session=session_of(client.session.session_key),
        entrance=Entrance.WEB,
    )
    return member


def send(client, **changed):
    return client.post(reverse("verify-identity"), TYPED | changed)


def test_visitor_is_asked_to_sign_in(client):
    answer = client.get(reverse("verify-identity"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_member_whose_code_is_old_confirms_it_is_them_first_and_comes_back(client):
    client.force_login(MemberFactory(agrees=True))
    answer = client.get(reverse("verify-identity"))
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('confirm-it-is-you')}?next={reverse('verify-identity').replace('/', '%2F')}"


def test_what_matches_opens_the_policies(client, alice, insured_alice):
    answer = send(client)
    assert answer["Location"] == reverse("identity-verified")
    assert "您已通过一般认证" in client.get(answer["Location"]).text
    assert level_of(alice) == Level.VERIFIED


def test_whoever_was_going_somewhere_is_led_on_after_it(client, alice, insured_alice):
    answer = client.post(f"{reverse('verify-identity')}?next=/me/policies", TYPED)
    assert answer["Location"] == f"{reverse('identity-verified')}?next=%2Fme%2Fpolicies"
    assert 'href="/me/policies"' in client.get(answer["Location"]).text


def test_nobody_is_told_to_be_verified_who_is_not(client, alice):
    assert client.get(reverse("identity-verified"))["Location"] == reverse("verify-identity")


def test_each_try_says_how_many_are_left_today(client, alice, insured_alice):
    """Three with one document, five in all, whatever is wrong."""
    wrong = [{"name": "李四"}] * 3 + [{"id_no": resident_id("31010419700517004")}] * 2
    said = [
        re.search("今天(还可以再试 . 次|的次数已经用完|不能再试这个证件号码)", send(client, **each).text)[1]
        for each in wrong
    ]
    assert said == ["还可以再试 4 次", "还可以再试 3 次", "不能再试这个证件号码", "还可以再试 1 次", "的次数已经用完"]


@pytest.mark.parametrize("wrong", [{"name": "李四"}, {"id_no": resident_id("31010419700517004")}])
def test_whatever_is_wrong_the_page_says_the_same_and_keeps_what_was_typed(client, alice, insured_alice, wrong):
    answer = send(client, **wrong)
    assert ONE_ANSWER in answer.text
    assert (TYPED | wrong)["name"] in answer.text
    assert level_of(alice) == Level.REGISTERED


def test_number_that_can_be_nobodys_is_marked_at_its_field(client, alice):
    answer = send(client, id_no="310104198005170021")
    assert "id_no" in answer.context["form"].errors
    assert ONE_ANSWER not in answer.text


def test_sixth_try_of_a_day_says_when_to_come_back(client, alice):
    for number in range(5):
        send(client, id_no=resident_id(f"3101041970051700{number}"))
    answer = send(client)
    assert "次数" in answer.text


def test_person_with_another_account_is_told_which_by_its_last_digits(client, alice, insured_alice):
    MemberFactory(customer=insured_alice, mobile="+8613800005678")
    answer = send(client)
    assert answer.status_code == 409
    assert "138****5678" in answer.text
    assert level_of(alice) == Level.REGISTERED


def test_whose_number_was_another_persons_is_told_what_to_do(client, alice, insured_alice):
    alice.customer = CustomerFactory()
    alice.save()
    page = send(client).text
    assert "这个账户属于另一个人" in page and "柜面" in page
    assert TYPED["name"] in page
    alice.refresh_from_db()
    assert alice.customer != insured_alice


def test_whose_other_account_has_lost_its_number_is_sent_to_a_counter(client, alice, insured_alice):
    MemberFactory(customer=insured_alice, mobile="")
    page = send(client).content.decode()
    assert "请携带证件前往柜面" in page
    assert "****" not in page and reverse("merge-accounts") not in page


@pytest.fixture
def blocked_meanwhile(alice, monkeypatch):
    """Staff block the account after its session and proof were looked at, before the level is granted."""
    match = verification.matching_customer

    def match_and_block(member, claim, number):
        found = match(member, claim, number)
        block_account(
            member=member, reason=AccountBlock.Reason.REPORTED, entrance=Entrance.HOTLINE, by=staff(Role.APPROVER)
        )
        return found

    monkeypatch.setattr(verification, "matching_customer", match_and_block)


def test_an_account_that_is_blocked_meanwhile_is_told_so_and_wins_nothing(
    client, alice, insured_alice, blocked_meanwhile
):
    page = client.post(reverse("verify-identity"), TYPED)
    assert page.status_code == 200
    assert "账户刚刚被注销或冻结" in page.text
    alice.refresh_from_db()
    assert (alice.customer, alice.is_active, level_of(alice)) == (None, False, Level.REGISTERED)


def test_so_is_the_app(alice, insured_alice, blocked_meanwhile):
    app = App(alice)
    record_proof(member=alice, factor=Factor.CODE, session=session_of(app.token), entrance=Entrance.APP)
    error = app("POST", "me/identity", **TYPED)["error"]
    assert (app.status, error["code"]) == (403, "account_inactive")
    assert "closed or blocked a moment ago" in error["detail"]
