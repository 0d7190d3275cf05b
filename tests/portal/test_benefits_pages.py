"""What a member sees of benefits and of the family list, on the web and in the app."""

from datetime import date

import pytest
import time_machine

from benefits.actions.load_benefits import load_benefits
from benefits.models import Entitlement, FamilyGuest, Tier
from benefits.refusals import BenefitRefused
from members.actions.give_consent import give_consent
from members.consents import NEEDED, current_version
from members.entrances import Entrance
from portal.member_api import explanation
from tests.benefits.conftest import dentist, monday_morning  # noqa: F401  # fixtures
from tests.benefits.entitling import DAY, give_tier, insure, refresh
from tests.benefits.test_family_list import PEOPLE, add
from tests.benefits.visitors import book, terms, visitor
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified
from tests.portal.test_member_api import App

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untold")]
ID_NO, BORN = PEOPLE[0]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(f"{DAY}T12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def alice(client):
    """Platinum, and insured; some of it is used, some booked, some withdrawn."""
    load_benefits()
    member = verified(MemberFactory(agrees=True, customer=CustomerFactory()))
    client.force_login(member)
    give_tier(member.customer, Tier.DIAMOND)
    insure(member.customer, "PA_DRIVE", policy_no="P20260000017", effective_on=date(2026, 3, 10))
    refresh(member.customer)
    give_tier(member.customer, Tier.PLATINUM)
    refresh(member.customer)
    mine = Entitlement.objects.filter(customer=member.customer)
    mine.filter(service__code="dental_cleaning").update(held=1, used=1)
    mine.filter(service__code="tele_doctor").update(used=7)
    return member


def shown(client, path="/me/benefits", language="en"):
    answer = client.get(path, headers={"Accept-Language": language})
    assert "no-store" in answer["Cache-Control"]
    return " ".join(answer.text.split())


def test_what_is_left_from_where_and_how_it_is_used(client, alice):
    page = shown(client)
    assert "17 of 24 calls left" in page and "VIP tier Platinum" in page
    assert "0 of 2 visits left" in page and "1 booked" in page
    assert "All of it is booked or used. It begins anew after Dec. 31, 2026." in page
    assert "90 days between two visits of the same person" in page
    assert "For you; 1 visit of it a year can go to family on your list (spouse, children, parents)" in page
    assert "From 08:00 to 22:00" in page and "Health advice only: no prescription, no diagnosis" in page
    assert "Call 95500, day and night" in page and "as often as you like" in page
    assert "To be handed in: A referral or medical record" in page
    assert "P20260000017" not in page and "0017" in page
    chinese = shown(client, language="zh-hans")
    assert "洁牙服务" in chinese and "超声波洁牙、抛光" in chinese


def test_what_the_tier_does_not_give_any_more_is_said(client, alice):
    assert "Your VIP tier does not give it at present." in shown(client)


def test_whoever_is_not_verified_is_led_there(client):
    client.force_login(MemberFactory(agrees=True))
    page = shown(client)
    assert "Your benefits come with your policies" in page and "/me/level/identity" in page


def test_whoever_has_none(client):
    load_benefits()
    client.force_login(verified(MemberFactory(agrees=True, customer=CustomerFactory())))
    assert "No benefits yet" in shown(client)


def test_a_member_is_shown_their_own_alone(client, alice):
    bob = verified(MemberFactory(agrees=True, customer=CustomerFactory()))
    client.force_login(bob)
    assert "VIP tier" not in shown(client).replace("What your VIP tier", "").replace("with a VIP tier", "")


def typed(**other):
    return {
        "name": "李小红",
        "relation": "spouse",
        "id_no": ID_NO,
        "birth_date": BORN.isoformat(),
        "knows": "on",
    } | other


def send(client, **other):
    return client.post("/me/family", typed(**other), headers={"Accept-Language": "en"}, follow=True)


def test_somebody_is_added_and_shown_by_the_end_of_the_number_alone(client, alice):
    page = send(client).text
    assert "李小红 is on your list now." in page
    assert f"resident ID ending in {ID_NO[-4:]}" in page and ID_NO not in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"id_no": ID_NO[:-1] + ("1" if ID_NO[-1] != "1" else "2")}, "A digit is wrong somewhere"),
        ({"birth_date": "1962-03-08"}, "The birth date is not the one in the document number."),
        ({"knows": ""}, "Please ask them first"),
        ({"relation": "other"}, "Select a valid choice"),
        ({"name": ""}, "Please enter the name."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(client, alice, wrong, words):
    page = send(client, **wrong).text
    assert words in page
    assert not FamilyGuest.objects.exists()
    assert 'value="李小红"' in page or "name" in wrong


def test_somebody_is_taken_off_once_whatever_the_browser_sends_twice(client, alice):
    guest = add(alice)
    for _ in range(2):
        answer = client.post(f"/me/family/{guest.pk}/remove", follow=True, headers={"Accept-Language": "en"})
    assert "Taken off your list." in answer.text and "Nobody yet" in answer.text
    assert "You can take 1 more person off" not in answer.text


def test_a_stranger_finds_nobody(client, alice):
    guest = add(alice)
    client.force_login(verified(MemberFactory(agrees=True, customer=CustomerFactory())))
    assert client.post(f"/me/family/{guest.pk}/remove").status_code == 404
    assert "李小红" not in shown(client, "/me/family")


@pytest.fixture
def app(alice):
    return App(alice)


def test_the_app_is_told_the_same(app):
    found = {each["service"]: each for each in app("GET", "me/benefits")}
    calls = found["tele_doctor"]
    assert (calls["quota"], calls["left"], calls["used"], calls["left_words"]) == (24, 17, 7, "17 of 24 calls left")
    assert (calls["may_book"], calls["obstacle"], calls["mode"], calls["required_level"]) == (
        True, None, "case", "verified",
    )  # fmt: skip
    assert found["dental_cleaning"]["obstacle"]["code"] == "quota_used_up"
    assert found["second_opinion"]["obstacle"]["code"] == "withdrawn"
    rescue = found["emergency_rescue"]
    assert (rescue["left"], rescue["may_book"], rescue["shares"][0]["source"]) == (None, False, "product")
    assert rescue["shares"][0]["source_name"].endswith("0017") and "P2026" not in rescue["shares"][0]["source_name"]


def test_the_app_lists_adds_and_takes_off(app):
    guest = {"name": "李小红", "relation": "spouse", "id_no": ID_NO, "birth_date": BORN.isoformat(), "knows": True}
    made = app("POST", "me/family", **guest)
    assert (app.status, made["relation_name"], made["id_no_end"]) == (201, "spouse", ID_NO[-4:])
    assert app("POST", "me/family", **guest)["id"] == made["id"]
    assert app("GET", "me/family")["places"] == 6
    wrong = app("POST", "me/family", **guest | {"birth_date": "1962-03-08"})
    assert (app.status, wrong["error"]["code"], wrong["error"]["pointer"]) == (409, "birth_date_differs", "/birth_date")
    wrong = app("POST", "me/family", **guest | {"id_no": "123"})
    assert (app.status, wrong["error"]["code"], wrong["error"]["pointer"]) == (422, "not_a_document_number", "/id_no")
    app("POST", "me/family", **guest | {"knows": False})
    assert app.status == 422
    assert app("DELETE", f"me/family/{made['id']}") == {"guests": [], "places": 6, "changes_left": 1}
    missing = app("DELETE", "me/family/999999999")
    assert (app.status, missing["error"]["code"]) == (404, "no_such_family_member")


def test_every_refusal_of_a_benefit_has_its_own_code_in_the_api():
    class Own(BenefitRefused):
        code = "own"

    status, body = explanation(Own("why"))
    assert (status, body["error"]["code"]) == (409, "own")


def test_what_is_booked_is_named_when_somebody_is_to_be_taken_off(dentist):  # noqa: F811
    allowance = terms(quota=2, family_quota=1, family_relations=["spouse"], gap_days=0)
    member = visitor(allowance=allowance, quota=2, family_quota=1)
    for kind in NEEDED:
        give_consent(member=member, kind=kind, version=current_version(kind), language="en", entrance=Entrance.APP)
    guest = add(member)
    book(member, dentist, guest_id=guest.pk)
    app = App(member)
    refused = app("DELETE", f"me/family/{guest.pk}")
    assert (app.status, refused["error"]["code"]) == (409, "guest_expected")
    assert "Dental cleaning" in refused["error"]["detail"]
