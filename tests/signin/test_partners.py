"""Partners log members in by OpenID Connect: the whole way by real HTTP, and what they do not learn."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlparse

import jwt
import pytest
import requests
from django.core.management import call_command

from members.actions.register_partner import FaultyRedirect, register_partner
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "+8613800000001"
BACK = "https://clinic.example/back"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-1234"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


class Visitor(requests.Session):
    """A browser without scripts."""

    def __init__(self, url):
        super().__init__()
        self.trust_env, self.url = False, url

    def get(self, path, **options):
        return super().get(self.url + path if path.startswith("/") else path, timeout=10, **options)

    def post(self, path, data, **options):
        data = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **data}
        return super().post(self.url + path, data=data, timeout=10, **options)


@pytest.fixture
def partner(db):
    return register_partner(name="仁心诊所", redirect_uris=[BACK])


@pytest.fixture
def site(live_server, settings):
    settings.WAGTAILADMIN_BASE_URL = live_server.url
    return live_server.url


def sign_in(visitor, phone):
    visitor.get("/sign-in")
    visitor.post("/sign-in", {"mobile": ALICE})
    return visitor.post("/sign-in/code", {"code": phone(ALICE).code}, allow_redirects=False)


def ask(client, **changes):
    query = {
        "client_id": client.pk,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid profile level",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return "/partners/authorize?" + "&".join(f"{name}={value}" for name, value in query.items() if value)


def consent(visitor, page, action="grant"):
    signed = re.search(r'name="request"\s+value="([^"]+)"', page.text)[1]
    scopes = re.findall(r'name="scopes"\s+value="([^"]+)"', page.text)
    answer = visitor.post(
        "/partners/authorize",
        {"request": signed, "scopes": scopes, "action": action},
        allow_redirects=False,
    )
    back = urlparse(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def exchange(site, partner, code, **changes):
    client, secret = partner
    data = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return requests.post(f"{site}/partners/token", data=data | changes, auth=(client.pk, secret), timeout=10)


def test_the_whole_way_from_discovery_to_userinfo(site, partner, phone):
    alice = MemberFactory(agrees=True, mobile=ALICE, name="王小明")
    found = requests.get(f"{site}/.well-known/openid-configuration", timeout=10).json()
    assert found["issuer"] == site
    assert found["code_challenge_methods_supported"] == ["S256"]
    visitor = Visitor(site)
    # Not signed in yet: there first, and back to the question.
    first = visitor.get(ask(partner[0]), allow_redirects=False)
    assert urlparse(first.headers["Location"]).path == "/sign-in"
    visitor.get(first.headers["Location"])
    onward = parse_qs(urlparse(first.headers["Location"]).query)["next"][0]
    visitor.post("/sign-in", {"mobile": ALICE, "next": onward})
    page = visitor.post("/sign-in/code", {"code": phone(ALICE).code})
    assert "让仁心诊所认识您吗" in page.text
    assert "您的姓，名字用星号代替" in page.text
    answer = consent(visitor, page)
    assert answer["state"] == "s-1"
    tokens = exchange(site, partner, answer["code"]).json()
    key = jwt.PyJWKClient(found["jwks_uri"]).get_signing_key_from_jwt(tokens["id_token"])
    told = jwt.decode(tokens["id_token"], key, ["RS256"], audience=partner[0].pk, issuer=site)
    assert told["nonce"] == "n-1"
    info = requests.get(
        found["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=10
    ).json()
    assert info == {"sub": told["sub"], "name": "王**", "level": "registered"}
    assert str(alice.pk) != told["sub"]
    assert "13800000001" not in str(told) + str(info)


def test_a_code_opens_once_with_its_verifier_and_for_its_partner(site, partner, phone):
    MemberFactory(agrees=True, mobile=ALICE)
    visitor = Visitor(site)
    sign_in(visitor, phone)
    code = consent(visitor, visitor.get(ask(partner[0])))["code"]
    assert exchange(site, partner, code, code_verifier="x" * 50).status_code == 400
    other = register_partner(name="另一家", redirect_uris=[BACK])
    assert exchange(site, other, code).status_code in (400, 401)
    code = consent(visitor, visitor.get(ask(partner[0])))["code"]
    assert exchange(site, partner, code).status_code == 200
    assert exchange(site, partner, code).status_code == 400


def test_sub_is_stable_and_another_one_for_each_partner(site, partner, phone):
    MemberFactory(agrees=True, mobile=ALICE)
    visitor = Visitor(site)
    sign_in(visitor, phone)
    subs = []
    for each in (partner, partner, register_partner(name="另一家", redirect_uris=[BACK])):
        code = consent(visitor, visitor.get(ask(each[0])))["code"]
        token = exchange(site, each, code).json()["id_token"]
        subs.append(jwt.decode(token, options={"verify_signature": False})["sub"])
    assert subs[0] == subs[1] != subs[2]


def test_the_member_may_say_no(site, partner, phone):
    MemberFactory(agrees=True, mobile=ALICE)
    visitor = Visitor(site)
    sign_in(visitor, phone)
    assert consent(visitor, visitor.get(ask(partner[0])), action="cancel") == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"redirect_uri": "https://evil.example/back"},
        {"client_id": "nobody"},
    ],
)
def test_a_faulty_request_is_told_to_the_member_and_leads_nowhere(site, partner, phone, changes):
    MemberFactory(agrees=True, mobile=ALICE)
    visitor = Visitor(site)
    sign_in(visitor, phone)
    page = visitor.get(ask(partner[0], **changes), allow_redirects=False)
    assert page.status_code == 200
    assert "对方网站发来的请求有误" in page.text


def test_prompt_login_asks_to_sign_in_anew(site, partner, phone):
    MemberFactory(agrees=True, mobile=ALICE)
    visitor = Visitor(site)
    sign_in(visitor, phone)
    answer = visitor.get(ask(partner[0], prompt="login"), allow_redirects=False)
    assert urlparse(answer.headers["Location"]).path == "/sign-in"
    assert visitor.get("/account/security", allow_redirects=False).status_code == 302


@pytest.mark.parametrize("path", ["device", "device/code", "clients", "introspect", "logout"])
def test_nothing_else_of_allauths_is_open(site, path):
    for prefix in ("/partners/", "/identity/o/", "/identity/o/api/"):
        assert requests.get(site + prefix + path, timeout=10).status_code == 404


def test_a_partner_comes_back_by_https_only(db, capsys):
    with pytest.raises(FaultyRedirect):
        register_partner(name="x", redirect_uris=["http://clinic.example/back"])
    call_command("register_partner", "仁心诊所", BACK)
    assert "client_secret=" in capsys.readouterr().out
