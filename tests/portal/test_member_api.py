"""The app's own API: what it shows, what it asks for in the manner of RFC 9470, and what proving opens."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.assurance import CoolingDown, default_terms
from members.catalogue import event_specs
from members.models import Consent, Factor, Member, Proof
from members.queries import has_live_consent
from members.sessions import session_of
from portal.member_api import refusal
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.test_verify_identity import ALICES_ID
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db
MOBILE = "+8613800000001"
BOUND = "verification.policy_bound"


class App:
    """Signed in as `member`, with the token of the session."""

    def __init__(self, member):
        browser = Client()
        browser.force_login(member)
        self.token, self.http = browser.session.session_key, Client()

    def __call__(self, method, path, **body):
        answer = self.http.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"X-Session-Token": self.token, "Accept-Language": "en"},
        )
        self.status, self.headers = answer.status_code, answer.headers
        return answer.json() if answer.content else None


@pytest.fixture
def alice():
    return MemberFactory(agrees=True, mobile=MOBILE)


@pytest.fixture
def insured_alice():
    return CustomerFactory(name="欧阳爱丽", id_type="resident_id", id_no=ALICES_ID, mobile=MOBILE)


@pytest.fixture
def app(alice):
    return App(alice)


def test_it_says_who_is_signed_in(app, alice):
    assert app("GET", "me") == {
        "name": alice.name,
        "mobile": "138****0001",
        "level": "registered",
        "advanced_until": None,
    }


def test_whoever_has_not_agreed_is_told_so_reads_agrees_and_goes_on():
    app = App(MemberFactory())
    assert app("GET", "me/policies")["error"]["code"] == "consent_needed"
    assert app.status == 403
    texts = {text["kind"]: text for text in app("GET", "me/consents")}
    needed = [kind for kind, text in texts.items() if text["needed"]]
    assert needed == ["terms", "privacy"] and texts["terms"]["body"] and "guardian" not in texts
    for kind in needed:
        assert app("POST", "me/consents", kind=kind, version=texts[kind]["version"])["agreed_version"] == 1
    assert app("GET", "me")["level"] == "registered"
    assert {consent.entrance for consent in Consent.objects.all()} == {"app"}


def test_a_consent_is_taken_back_as_easily(app, alice):
    app("POST", "me/consents", kind="marketing_sms", version=1)
    app("DELETE", "me/consents/marketing_sms")
    assert app.status == 204
    assert not has_live_consent(alice, Consent.Kind.MARKETING_SMS)


@pytest.mark.parametrize(
    ("method", "path", "given", "status", "code", "pointer"),
    [
        ("POST", "me/consents", {"kind": "terms", "version": 0}, 422, "no_such_text", "/version"),
        ("POST", "me/consents", {"kind": "guardian", "version": 1}, 422, "guardians_consent", "/kind"),
        ("DELETE", "me/consents/guardian", {}, 422, "guardians_consent", "/kind"),
        ("DELETE", "me/consents/terms", {}, 409, "needed_for_account", ""),
    ],
)
def test_what_can_be_neither_given_nor_taken_back_is_named(app, method, path, given, status, code, pointer):
    error = app(method, path, **given)["error"]
    assert (app.status, error["code"], error["pointer"]) == (status, code, pointer)


@pytest.mark.parametrize("token", ["", "invented"])
def test_nobody_is_told_anything_without_a_token(app, token):
    app.token = token
    assert app("GET", "me")["error"]["code"] == "unauthorized"
    assert (app.status, app.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_browser_s_cookie_is_no_token(alice, client):
    client.force_login(alice)
    assert client.get("/api/v1/me").status_code == 401


def test_a_level_that_is_missing_is_asked_for_as_the_rfc_says(app):
    asked = app("GET", "me/policies")["error"]
    assert app.status == 401
    assert app.headers["WWW-Authenticate"] == (
        'Bearer error="insufficient_user_authentication", acr_values="level:verified"'
    )
    assert (asked["code"], asked["action"], asked["level"]) == (
        "insufficient_user_authentication",
        "policy.view",
        "verified",
    )


def test_from_registered_to_ones_policies_by_what_the_refusals_ask_for(app, alice, insured_alice, codes):
    make_event_type(BOUND, variables=event_specs()[BOUND].variables)
    policy = PolicyFactory(policyholder=insured_alice)
    claim = {"name": "欧阳爱丽", "id_type": "resident_id", "id_no": ALICES_ID}
    asked = app("POST", "me/identity", **claim)["error"]
    assert app.status == 401
    assert app.headers["WWW-Authenticate"].endswith('acr_values="factor:code", max_age="300"')
    assert (asked["factors"], asked["max_age"], asked["request"]) == (["code"], 300, None)

    sent = app("POST", "me/codes")
    assert app.status == 201
    assert app("POST", "me/proofs", id=sent["id"], code=codes[MOBILE])["factor"] == "code"
    proof = Proof.objects.get()
    assert (proof.session, proof.entrance) == (session_of(app.token), "app")

    assert app("POST", "me/identity", **claim) == {"level": "verified"}
    [shown] = app("GET", "me/policies")
    assert (shown["policy_no"], shown["roles"], shown["premium"]) == (
        policy.policy_no,
        ["policyholder", "insured"],
        "6800.00",
    )


def test_what_was_proved_in_the_app_is_not_proved_on_another_device(app, alice, codes):
    sent = app("POST", "me/codes")
    app("POST", "me/proofs", id=sent["id"], code=codes[MOBILE])
    other = App(alice)
    other("POST", "me/identity", name="王小明", id_type="passport", id_no="E12345678")
    assert other.status == 401


def test_a_proof_is_for_the_request_that_the_refusal_named(app, codes):
    sent = app("POST", "me/codes")
    app("POST", "me/proofs", id=sent["id"], code=codes[MOBILE], request="ab" * 32)
    assert bytes(Proof.objects.get().request) == b"\xab" * 32
    app("POST", "me/proofs", id=sent["id"], code="000000", request="zz")
    assert app.status == 422


def test_another_member_s_code_proves_nothing(app, codes):
    bob = App(MemberFactory(agrees=True, mobile="+8613800000002"))
    sent = bob("POST", "me/codes")
    answer = app("POST", "me/proofs", id=sent["id"], code=codes["+8613800000002"])
    assert (app.status, answer["error"]["code"]) == (409, "code_spent")
    assert not Proof.objects.exists()


def test_a_wrong_code_is_said_at_its_field_and_a_second_one_comes_too_soon(app, codes):
    sent = app("POST", "me/codes")
    wrong = app("POST", "me/proofs", id=sent["id"], code="000000")
    assert (app.status, wrong["error"]["code"], wrong["error"]["pointer"]) == (422, "incorrect_code", "/code")
    assert app("POST", "me/codes")["error"]["code"] == "code_just_sent"
    assert app.status == 429


@pytest.mark.parametrize(
    ("id_no", "status", "code", "pointer"),
    [
        ("310104197005170000", 422, "not_a_document_number", "/id_no"),
        ("E12345678", 422, "not_a_document_number", "/id_no"),
    ],
)
def test_a_number_that_is_nobody_s_is_said_at_its_field(app, alice, id_no, status, code, pointer):
    Proof.objects.create(
        member=alice, factor=Factor.CODE, session=session_of(app.token), entrance="app", proved_at=timezone.now()
    )
    answer = app("POST", "me/identity", name="王小明", id_type="resident_id", id_no=id_no)["error"]
    assert (app.status, answer["code"], answer["pointer"]) == (422, "not_a_document_number", "/id_no")


def test_what_does_not_match_is_one_answer(app, alice, insured_alice):
    Proof.objects.create(
        member=alice, factor=Factor.CODE, session=session_of(app.token), entrance="app", proved_at=timezone.now()
    )
    answers = {
        json.dumps(app("POST", "me/identity", name=name, id_type=kind, id_no=number))
        for name, kind, number in [("李四", "resident_id", ALICES_ID), ("欧阳爱丽", "passport", "E12345678")]
    }
    assert len(answers) == 1 and app.status == 409


def confirmed_identity(app, alice):
    Proof.objects.create(
        member=alice, factor=Factor.CODE, session=session_of(app.token), entrance="app", proved_at=timezone.now()
    )
    error = app("POST", "me/identity", name="欧阳爱丽", id_type="resident_id", id_no=ALICES_ID)["error"]
    return app.status, error["code"], error["detail"]


def test_an_account_of_another_person_is_not_given_away(app, alice, insured_alice):
    Member.objects.filter(pk=alice.pk).update(customer=CustomerFactory())
    status, code, message = confirmed_identity(app, alice)
    assert (status, code) == (409, "another_persons_account")
    assert "come to a counter" in message


@pytest.mark.parametrize(("mobile", "said"), [("+8613900000009", "made one"), ("", "at a counter")])
def test_whose_other_account_lost_its_number_is_not_told_to_merge(app, alice, insured_alice, mobile, said):
    MemberFactory(customer=insured_alice, mobile=mobile)
    status, code, message = confirmed_identity(app, alice)
    assert (status, code) == (409, "person_has_account")
    assert said in message


def test_what_no_proof_mends_is_403_with_the_time_to_wait(alice):
    until = timezone.now() + timedelta(hours=1)
    status, body, headers = refusal(CoolingDown(default_terms()["points.redeem"][0], until))
    assert (status, body["error"]["code"]) == (403, "cooling_down")
    assert 3590 < int(headers["Retry-After"]) <= 3600


def test_a_blocked_account_is_signed_out_of_the_app(app):
    Member.objects.update(is_active=False)
    app("GET", "me")
    assert (app.status, app.headers["WWW-Authenticate"]) == (401, "Bearer")
