"""Every address of an account and of signing in: who may go there, in both languages, without inline scripts."""

import re
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent.parent
#: Address → what anonymous visitors, members and staff get by GET. A number, or where they are led.
MATRIX = {
    "/sign-in": (200, "/", "/"),
    "/sign-in/password": (200, "/", "/"),
    "/sign-in/code": ("/sign-in", "/sign-in", "/sign-in"),
    "/sign-in/code/again": (405, 405, 405),
    "/sign-in/closed": (200, 200, 200),
    "/sign-in/help": (200, 200, 200),
    "/sign-in/passkey": ("/sign-in", "/", "/"),
    "/sign-in/second-step": ("/sign-in", "/", "/"),
    "/sign-in/wechat": ("/account/security", "/account/security", "/account/security"),
    "/sign-in/wechat/not-mine": (405, 405, 405),
    "/sign-in/wechat/back": (404, 404, 404),
    "/sign-out": (405, 405, 405),
    "/account/confirm": ("/sign-in", 200, 200),
    "/account/security": ("/sign-in", 200, 200),
    "/account/security/password": ("/sign-in", "/account/confirm", "/account/confirm"),
    "/account/security/passkey": ("/sign-in", "/account/confirm", "/account/confirm"),
    "/account/security/authenticator-app": ("/sign-in", 404, "/account/confirm"),
    "/account/security/recovery-codes": ("/sign-in", 404, "/account/confirm"),
    "/account/security/1/remove": ("/sign-in", "/account/confirm", "/account/confirm"),
    "/account/security/wechat": ("/account/security", "/account/security", "/account/security"),
    "/account/devices": ("/sign-in", 200, 200),
    "/me": ("/sign-in", 200, 200),
    "/me/policies": ("/sign-in", 403, 403),
    "/me/tier": ("/sign-in", 403, 403),
    "/me/benefits": ("/sign-in", 200, 200),
    "/me/family": ("/sign-in", 403, 403),
    "/me/family/1/remove": ("/me/family", "/me/family", "/me/family"),
    "/me/messages": ("/sign-in", 200, 200),
    "/me/history": ("/sign-in", 200, 200),
    "/me/level": ("/sign-in", 200, 200),
    "/me/level/identity": ("/sign-in", "/account/confirm", "/account/confirm"),
    "/me/level/identity/verified": ("/sign-in", "/me/level/identity", "/me/level/identity"),
    "/me/level/face": ("/sign-in", 403, 403),
    "/me/level/face/start": (405, 405, 405),
    "/me/level/face/frames": (405, 405, 405),
    "/me/level/face/state": ("/sign-in", 404, 404),
    "/me/level/face/result": ("/sign-in", 404, 404),
    "/me/phone": ("/sign-in", "/account/confirm", "/account/confirm"),
    "/me/phone/code": ("/sign-in", "/me/phone", "/me/phone"),
    "/me/phone/done": ("/sign-in", "/me/phone", "/me/phone"),
    "/me/phone/lost": ("/sign-in", 403, 403),
    "/me/phone/lost/code": ("/sign-in", "/me/phone/lost", "/me/phone/lost"),
    "/me/phone/lost/done": ("/sign-in", "/me/phone/lost", "/me/phone/lost"),
    "/me/merge": ("/sign-in", 200, 200),
    "/me/merge/code": ("/sign-in", "/me/merge", "/me/merge"),
    "/me/merge/done": ("/sign-in", "/me/merge", "/me/merge"),
    "/me/children": ("/sign-in", 403, 403),
    "/me/children/code": ("/sign-in", "/me/children", "/me/children"),
    "/me/children/done": ("/sign-in", "/me/children", "/me/children"),
    "/me/children/1/take-back": ("/me/consents/", "/me/consents/", "/me/consents/"),
    "/me/service-code": ("/sign-in", 200, 200),
    "/me/close": ("/sign-in", 200, 200),
    "/me/close/keep": ("/me/close", "/me/close", "/me/close"),
    "/me/consents/": ("/sign-in", 200, 200),
    "/me/consents/terms": ("/sign-in", 200, 200),
    "/me/data/": ("/sign-in", 200, 200),
    "/me/data/1": ("/sign-in", "/account/confirm", "/account/confirm"),
    "/me/cases": ("/sign-in", 200, 200),
    "/me/cases/new/no_such_service": ("/sign-in", 404, 404),
    "/me/cases/1": ("/sign-in", 404, 404),
    "/me/cases/1/write": ("/me/cases/1", "/me/cases/1", "/me/cases/1"),
    "/me/cases/1/cancel": ("/me/cases/1", "/me/cases/1", "/me/cases/1"),
    "/me/cases/1/rate": ("/me/cases/1", "/me/cases/1", "/me/cases/1"),
    "/me/documents/1": ("/sign-in", 404, 404),
    "/desk": ("/sign-in", 404, 404),
    "/desk/visits/1": ("/sign-in", 404, 404),
    "/desk/visits/1/served": ("/desk/visits/1", "/desk/visits/1", "/desk/visits/1"),
    "/desk/visits/1/missed": ("/desk/visits/1", "/desk/visits/1", "/desk/visits/1"),
    "/desk/visits/1/call-off": ("/desk/visits/1", "/desk/visits/1", "/desk/visits/1"),
    "/desk/visits/1/report": ("/desk/visits/1", "/desk/visits/1", "/desk/visits/1"),
    "/desk/cases": ("/sign-in", 404, 404),
    "/desk/cases/1": ("/sign-in", 404, 404),
    "/desk/cases/1/take": ("/desk/cases/1", "/desk/cases/1", "/desk/cases/1"),
    "/desk/cases/1/number": ("/desk/cases/1", "/desk/cases/1", "/desk/cases/1"),
    "/desk/cases/1/write": ("/desk/cases/1", "/desk/cases/1", "/desk/cases/1"),
    "/desk/cases/1/done": ("/desk/cases/1", "/desk/cases/1", "/desk/cases/1"),
    "/desk/cases/1/decline": ("/desk/cases/1", "/desk/cases/1", "/desk/cases/1"),
    "/desk/documents/1": ("/sign-in", 404, 404),
    "/desk/settlements": ("/sign-in", 404, 404),
    "/desk/settlements/1": ("/sign-in", 404, 404),
    "/desk/settlements/1/pdf": ("/sign-in", 404, 404),
    "/desk/settlements/1/csv": ("/sign-in", 404, 404),
    "/desk/settlements/lines/1/dispute": ("/sign-in", 404, 404),
    "/me/benefits/book": ("/sign-in", 200, 200),
    "/me/benefits/book/nothing": ("/sign-in", 404, 404),
    "/me/benefits/book/nothing/confirm": ("/sign-in", 404, 404),
    "/me/benefits/book/nothing/1": ("/sign-in", 404, 404),
    "/me/benefits/bookings": ("/sign-in", 200, 200),
    "/me/benefits/bookings/1": ("/sign-in", 404, 404),
    "/me/benefits/bookings/1/calendar": ("/sign-in", 404, 404),
    "/me/benefits/bookings/1/move": ("/sign-in", 404, 404),
    "/me/benefits/bookings/1/cancel": ("/sign-in", 404, 404),
    "/me/benefits/bookings/1/rate": (
        "/me/benefits/bookings/1",
        "/me/benefits/bookings/1",
        "/me/benefits/bookings/1",
    ),
    "/me/benefits/waiting/1/leave": ("/me/benefits/bookings", "/me/benefits/bookings", "/me/benefits/bookings"),
    "/points": ("/sign-in", 200, 200),
    "/points/history": ("/sign-in", 200, 200),
    "/points/earning": ("/sign-in", 200, 200),
    "/points/statement": ("/sign-in", 200, 200),
    "/points/rewards": ("/sign-in", 200, 200),
    "/points/rewards/GOLD-BAR": ("/sign-in", 404, 404),
    "/points/rewards/GOLD-BAR/redeem": ("/sign-in", "/points/rewards/GOLD-BAR", "/points/rewards/GOLD-BAR"),
    "/points/rewards/GOLD-BAR/picture": ("/sign-in", 404, 404),
    "/points/redemptions": ("/sign-in", 200, 200),
    "/points/redemptions/1": ("/sign-in", 404, 404),
    "/points/redemptions/1/code": ("/points/redemptions/1", "/points/redemptions/1", "/points/redemptions/1"),
    "/points/redemptions/1/cancel": ("/points/redemptions/1", "/points/redemptions/1", "/points/redemptions/1"),
    "/points/redemptions/1/certificate": ("/sign-in", 404, 404),
    "/.well-known/openid-configuration": (200, 200, 200),
    "/.well-known/jwks.json": (200, 200, 200),
    "/partners/authorize": (200, 200, 200),
    "/partners/token": (405, 405, 405),
    "/partners/userinfo": (401, 401, 401),
    "/partners/revoke": (405, 405, 405),
}
PREFIXES = ("me/", "points/", "desk/", "sign-", "account/", "partners/", ".well-known/")


def patterns(resolver, prefix=""):
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield path, each.callback
        else:
            yield from patterns(each, path)


def ours():
    return {
        path for path, _ in patterns(get_resolver()) if path in ("me", "points", "desk") or path.startswith(PREFIXES)
    }


def test_every_address_has_a_row():
    seen = {path: re.compile("^" + re.sub(r"<[^>]+>", "[^/]+", path) + "$") for path in ours()}
    assert [path for path, written in seen.items() if not any(map(written.match, known()))] == []
    assert [path for path in known() if not any(written.match(path) for written in seen.values())] == []


def known():
    return [path.lstrip("/") for path in MATRIX]


@pytest.mark.parametrize("path", MATRIX)
@pytest.mark.parametrize("role", [0, 1, 2], ids=["anonymous", "member", "staff"])
def test_who_gets_what(path, role):
    client = Client()
    if role:
        client.force_login(MemberFactory(agrees=True, is_staff=role == 2))
    answer = client.get(path)
    expected = MATRIX[path][role]
    got = answer.status_code if isinstance(expected, int) else answer.url.split("?")[0]
    assert got == expected


@pytest.mark.parametrize("path", [path for path, (anonymous, *_) in MATRIX.items() if anonymous == 200])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_run_no_inline_script_and_speak_both_languages(path, language):
    answer = Client(headers={"accept-language": language}).get(path)
    if answer["Content-Type"].startswith("text/html"):
        scripts = re.findall(r"<script\b([^>]*)>", answer.text)
        assert [each for each in scripts if "src=" not in each and "application/json" not in each] == []
        assert not re.search(r"\son\w+=|style=", answer.text)
        assert ('<html lang="en"' in answer.text) == (language == "en")


def test_allauths_reauthentication_is_used_nowhere():
    """It lets members without a password pass. No view that asks for it can be reached, and none of ours names it."""
    names = ("reauthentication_required", "raise_if_reauthentication_required", "did_recently_authenticate")
    found = subprocess.run(
        ["git", "grep", "-nwE", "|".join(names), "--", "*.py", ":!tests"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.stdout == ""
    # Decorated views carry the decorator in their closures.
    reached = [path for path, view in patterns(get_resolver()) if asks_allauth(view)]
    assert reached == []
    with pytest.raises(Exception, match="account_reauthenticate"):
        reverse("account_reauthenticate")


def asks_allauth(view):
    """Whether a view, or the class behind it, was decorated by allauth's check."""
    seen, queue = set(), [view, getattr(getattr(view, "view_class", None), "dispatch", None)]
    while queue:
        each = queue.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        if "reauthentication_required" in getattr(getattr(each, "__code__", None), "co_qualname", ""):
            return True
        queue.append(getattr(each, "__wrapped__", None))
        for cell in getattr(each, "__closure__", None) or ():
            queue += cell.cell_contents if isinstance(cell.cell_contents, (list, tuple)) else [cell.cell_contents]
    return False


def test_the_check_above_would_notice():
    from allauth.mfa.webauthn.views import add_webauthn

    assert asks_allauth(add_webauthn)
