"""The app's sign-in by real HTTP: sign up, sign in by code, passwords, sessions, and nothing besides."""

import pytest
import requests

from members.models import Member, Proof
from members.sessions import session_of
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "+8613800000001"


class App:
    """An installed app: keeps the token, as the protocol says."""

    def __init__(self, url):
        self.url, self.http, self.token = url + "/_allauth/app/v1", requests.Session(), ""
        self.http.trust_env = False
        self.http.headers.update({"X-Device-Id": "0" * 32, "Accept-Language": "en"})

    def __call__(self, method, path, **body):
        headers = {"X-Session-Token": self.token} if self.token else {}
        answer = self.http.request(method, f"{self.url}/{path}", json=body or None, headers=headers, timeout=10)
        self.status, data = answer.status_code, answer.json() if answer.content else {}
        self.token = data.get("meta", {}).get("session_token", self.token)
        return data

    def pending(self, data):
        return [flow["id"] for flow in data["data"]["flows"] if flow.get("is_pending")]


@pytest.fixture
def app(live_server):
    return App(live_server.url)


def test_it_signs_up_lists_its_sessions_and_signs_out(app, phone):
    asked = app("POST", "auth/code/request", phone="138 0000 0001")
    assert (app.status, app.pending(asked)) == (401, ["login_by_code"])
    signed_in = app("POST", "auth/code/confirm", code=phone(ALICE).code)
    member = Member.objects.get()
    assert app.status == 200
    assert signed_in["data"]["user"] == {
        "id": member.pk,
        "display": "138****0001",
        "has_usable_password": False,
    }
    sessions = app("GET", "auth/sessions")["data"]
    assert app.status == 200
    assert [(each["is_current"], each["user_agent"][:15]) for each in sessions] == [(True, "python-requests")]
    assert [(e.kind, e.entrance) for e in member.account_events.order_by("pk")] == [
        ("registered", "app"),
        ("signed_in", "app"),
    ]
    assert Proof.objects.get().session == session_of(app.token)
    app("DELETE", "auth/session")
    assert app.status == 401
    app("GET", "auth/sessions")
    assert app.status == 410


def test_it_signs_in_to_the_one_account(app, phone):
    alice = MemberFactory(mobile=ALICE)
    app("POST", "auth/code/request", phone=ALICE)
    assert app("POST", "auth/code/confirm", code=phone(ALICE).code)["data"]["user"]["id"] == alice.pk


def test_a_wrong_code_an_early_one_and_a_fixed_line_are_named(app, phone):
    assert app("POST", "auth/code/request", phone="021-58881234")["errors"] == [
        {
            "message": "This is a fixed line, which text messages do not reach. Please enter a mobile number.",
            "code": "invalid",
            "param": "phone",
        }
    ]
    app("POST", "auth/code/request", phone=ALICE)
    assert app("POST", "auth/code/resend")["errors"][0]["code"] == "code_just_sent"
    assert app.status == 429
    wrong = f"{(int(phone(ALICE).code) + 1) % 1_000_000:06}"
    assert app("POST", "auth/code/confirm", code=wrong)["errors"][0]["code"] == "incorrect_code"
    assert app.status == 400
    for _ in range(4):
        app("POST", "auth/code/confirm", code=wrong)
    assert app("POST", "auth/code/confirm", code=phone(ALICE).code)["errors"][0]["code"] == "code_spent"
    assert app.status == 409


def test_passwords_are_counted(app, catalogue):
    alice = MemberFactory(mobile=ALICE)
    alice.set_password("a good long password")
    alice.save()
    for _ in range(4):
        app("POST", "auth/login", phone=ALICE, password="guess")
        assert app.status == 400
    app("POST", "auth/login", phone=ALICE, password="a good long password")
    assert app.status == 200
    other = App(app.url.removesuffix("/_allauth/app/v1"))
    refused = other("POST", "auth/login", phone=ALICE, password="a good long password")
    assert (other.status, refused["errors"][0]["code"]) == (400, "too_many_login_attempts")


@pytest.mark.parametrize(
    "path",
    [
        *("auth/signup", "auth/reauthenticate", "auth/2fa/reauthenticate", "auth/phone/verify", "account/phone"),
        *("account/password/change", "account/authenticators/totp", "account/authenticators/webauthn"),
        *("auth/password/request", "auth/provider/token", "account/email"),
    ],
)
def test_what_is_not_listed_is_closed(app, path):
    assert requests.post(f"{app.url}/{path}", json={}, timeout=10).status_code == 404
