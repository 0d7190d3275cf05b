"""What require_assurance refuses is explained: what happened, why, what to do now, and where."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from members.actions.grant_level import grant_level
from members.assurance import FactorNeeded, default_terms
from members.entrances import Entrance
from members.models import ActionPolicy, Factor, Level, LevelGrant, Member, OneTimeCode, Proof
from members.models.one_time_code import code_digest
from portal.assured import refused
from portal.stepping_up import asks_for
from portal.views.confirm_it_is_you import SESSION_KEY
from tests.factories import CustomerFactory, MemberFactory

pytestmark = pytest.mark.django_db
FACE = "/me/level/face"


@pytest.fixture
def alice(client):
    """Signed in and verified."""
    member = MemberFactory(agrees=True, customer=CustomerFactory())
    grant_level(
        member=member,
        level=Level.VERIFIED,
        method=LevelGrant.Method.IDENTITY_MATCH,
        evidence="test",
        entrance=Entrance.WEB,
    )
    client.force_login(member)
    return member


def terms_of_the_face(**changed):
    defaults = {"level": Level.VERIFIED, "factors": ["code"], "fresh_minutes": 10, "entrances": [Entrance.WEB]}
    ActionPolicy.objects.create(action="face.verify", **defaults | changed)


def test_who_is_only_registered_is_led_to_verify_who_they_are_and_back(client):
    client.force_login(MemberFactory(agrees=True))
    answer = client.get(f"{FACE}?next=/me/devices")
    assert answer.status_code == 403
    assert "“人脸核验（高级认证）”" in answer.text
    assert f'href="{reverse("verify-identity")}?next=%2Fme%2Flevel%2Fface%3Fnext%3D%2Fme%2Fdevices"' in answer.text


def test_whoever_changed_phones_is_told_until_when_to_wait(client, alice):
    terms_of_the_face(waits_after_change=True)
    until = timezone.now() + timedelta(hours=20)
    Member.objects.update(cooling_until=until)
    answer = client.get(FACE)
    assert answer.status_code == 403
    assert "请稍等一段时间" in answer.text
    assert timezone.localtime(until).strftime("%H:%M") in answer.text


def test_what_is_closed_here_names_where_it_is_open(client, alice):
    terms_of_the_face(entrances=[Entrance.APP, Entrance.COUNTER])
    answer = client.get(FACE)
    assert answer.status_code == 403
    assert "这里办不了" in answer.text
    assert "手机应用 · 柜面" in answer.text


def test_account_that_was_blocked_a_moment_ago_is_told_whom_to_call(client, alice, settings):
    request = RequestFactory().get(FACE)
    request.user, request.session = alice, client.session
    Member.objects.update(is_active=False)
    answer = asks_for("profile.view")(lambda request: HttpResponse("profile"))(request)
    assert answer.status_code == 403
    assert "您的账户已注销或被冻结" in answer.content.decode()
    assert settings.HOTLINE in answer.content.decode()


def test_old_proof_of_a_verified_member_leads_to_confirming_and_back_with_all_that_was_asked(client, alice):
    answer = client.get(f"{FACE}?next=/me")
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('confirm-it-is-you')}?next=%2Fme%2Flevel%2Fface%3Fnext%3D%2Fme"


def test_face_that_confirms_one_request_needs_no_code_before_it(client, alice):
    """Who has lost the phone has none."""
    assert client.get(f"{FACE}?for=ab").status_code == 200


def lacking(action, factors_asked_for):
    """Where somebody is led who lacks the factor for one request."""
    terms = default_terms()[action][-1]
    assert terms.factors == factors_asked_for
    answer = refused(RequestFactory().get("/loans?policy=P1"), FactorNeeded(terms, b"\x01" * 32))
    assert answer.status_code == 302
    return answer["Location"]


def test_what_only_a_face_opens_leads_to_the_camera_for_this_very_request():
    assert lacking("loan.apply", (Factor.FACE,)) == f"{FACE}?next=%2Floans%3Fpolicy%3DP1&for={'01' * 32}"


def test_what_a_code_opens_leads_to_the_code_for_this_very_request():
    place = lacking("account.close", (Factor.CODE, Factor.PASSKEY))
    assert place == f"{reverse('confirm-it-is-you')}?next=%2Floans%3Fpolicy%3DP1&for={'01' * 32}"


def test_code_confirms_the_request_that_it_was_sent_for(client, alice):
    code, digits = (
        OneTimeCode(purpose="confirm", mobile=alice.mobile, expires_at=timezone.now() + timedelta(minutes=5)),
        "123456",
    )
    code.digest = code_digest(code.pk, digits)
    code.save(force_insert=True)
    session = client.session
    session[SESSION_KEY] = str(code.pk)
    session.save()
    answer = client.post(f"{reverse('confirm-it-is-you')}?next=/me&for={'01' * 32}", {"code": digits})
    assert answer.status_code == 302
    assert bytes(Proof.objects.get().request) == b"\x01" * 32
