"""The pages on which a member decides about consents and asks for their data: who may, and what follows."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.utils import timezone

from members import consents
from members.actions.run_data_request import run_data_request
from members.consents import ConsentText, all_texts
from members.models import Consent, DataRequest, Factor, Language, Level, Proof
from members.queries import has_live_consent, level_of
from members.sessions import session_of
from portal.asking_again import GOING_TO
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import advanced

pytestmark = pytest.mark.django_db
Kind = Consent.Kind


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }


@pytest.fixture
def alice(client):
    member = MemberFactory(agrees=True)
    client.force_login(member)
    return member


def prove(client, member):
    Proof.objects.create(
        member=member,
        factor=Factor.CODE,
        session=session_of(client.session.session_key),
        entrance="web",
        proved_at=timezone.now(),
    )


@pytest.mark.parametrize(
    "path", ["/me/consents/", "/me/consents/face", "/me/consents/marketing_sms", "/me/data/", "/me/data/1"]
)
def test_visitor_is_asked_to_sign_in_and_led_back(client, path):
    assert client.get(path)["Location"] == f"{resolve_url(settings.LOGIN_URL)}?next={path}"
    assert client.post(path).status_code in (302, 405)


def test_consent_is_read_given_and_taken_back(client, alice):
    page = client.get("/me/consents/marketing_sms").content.decode()
    assert "通过短信接收活动、祝福和优惠" in page and "我同意" in page
    answer = client.post("/me/consents/marketing_sms", {"answer": "yes", "version": "1"}, follow=True)
    assert "您会通过短信收到" in answer.content.decode()
    assert has_live_consent(alice, Kind.MARKETING_SMS)
    assert "撤回同意" in client.get("/me/consents/marketing_sms").content.decode()
    client.post("/me/consents/marketing_sms", {"answer": "no"})
    assert not has_live_consent(alice, Kind.MARKETING_SMS)


def test_face_taken_back_says_what_follows_and_does_it(client, alice):
    advanced(alice)
    client.post("/me/consents/face", {"answer": "yes", "version": "1"})
    assert "高级认证立即失效" in client.get("/me/consents/face").content.decode()
    client.post("/me/consents/face", {"answer": "no"})
    assert level_of(alice) == Level.VERIFIED


@pytest.mark.parametrize("version", ["", "0", "2", "x", "１", "9" * 20, "9" * 5000], ids=len)
def test_words_that_nobody_showed_are_not_agreed_to(client, alice, version):
    answer = client.post("/me/consents/face", {"answer": "yes", "version": version}, follow=True)
    assert "请您再读一遍" in answer.content.decode()
    assert not has_live_consent(alice, Kind.FACE)


def test_what_the_account_rests_on_has_no_button_to_take_it_back(client, alice):
    client.post("/me/consents/terms", {"answer": "yes", "version": "1"})
    assert "撤回同意" not in client.get("/me/consents/terms").content.decode()
    client.post("/me/consents/terms", {"answer": "no"})
    assert has_live_consent(alice, Kind.TERMS)


@pytest.mark.parametrize("kind", ["guardian", "nonsense"])
def test_there_is_nothing_else_to_agree_to(client, alice, kind):
    assert client.get(f"/me/consents/{kind}").status_code == 404
    assert client.post(f"/me/consents/{kind}", {"answer": "yes", "version": "1"}).status_code == 404


def test_child_is_told_who_has_to_agree_first(client):
    today = timezone.localdate()
    client.force_login(
        MemberFactory(agrees=True, customer=CustomerFactory(birth_date=today - timedelta(days=12 * 365)))
    )
    answer = client.post("/me/consents/face", {"answer": "yes", "version": "1"}, follow=True)
    assert "监护人同意" in answer.content.decode()


def test_new_member_agrees_before_anything_about_the_account_is_shown_and_goes_on(client):
    member = MemberFactory()
    client.force_login(member)
    assert client.get("/me/messages?from=mail")["Location"] == "/me/consents/terms"
    assert client.post("/me/consents/terms", {"answer": "yes", "version": "1"})["Location"] == "/me/consents/privacy"
    answer = client.post("/me/consents/privacy", {"answer": "yes", "version": "1"})
    assert answer["Location"] == "/me/messages?from=mail"
    assert client.get("/me/messages").status_code == 200
    assert [consent.kind for consent in member.consents.live().order_by("pk")] == ["terms", "privacy"]


@pytest.mark.parametrize("path", ["/", "/me", "/account/security", "/account/devices", "/partners/authorize?x=1"])
def test_nothing_about_the_account_is_open_to_whoever_has_not_agreed(client, path):
    client.force_login(MemberFactory())
    assert client.get(path).url == "/me/consents/terms"


@pytest.mark.parametrize("path", ["/me/close", "/me/data/", "/me/consents/", "/account/confirm"])
def test_whoever_does_not_agree_can_leave_and_take_their_data_along(client, path):
    client.force_login(MemberFactory())
    assert client.get(path).status_code == 200
    assert 'href="/me/close"' in client.get("/me/consents/terms").text


def test_what_a_page_asks_for_in_the_background_is_not_where_the_member_was_going(client):
    client.force_login(MemberFactory())
    client.get("/me/policies")
    assert client.get("/me/level/face/state", headers={"accept": "application/json"}).url == "/me/consents/terms"
    assert client.session[GOING_TO] == "/me/policies"
    assert client.get("/metrics").status_code == 200


def test_newer_terms_stand_before_every_page_about_the_account(client, alice, monkeypatch):
    client.post("/me/consents/terms", {"answer": "yes", "version": "1"})
    assert client.get("/me/messages").status_code == 200
    texts = dict(all_texts())
    for language in Language:
        texts[Kind.TERMS, 2, language] = ConsentText(**{**vars(texts[Kind.TERMS, 1, language]), "version": 2})
    monkeypatch.setattr(consents, "all_texts", lambda: texts)
    assert client.get("/me/messages")["Location"] == "/me/consents/terms"
    assert "内容有更新" in client.get("/me/consents/terms").content.decode()
    client.post("/me/consents/terms", {"answer": "yes", "version": "2"})
    assert client.get("/me/messages").status_code == 200


def test_copy_of_ones_data_takes_a_proof_is_made_and_downloaded(client, alice):
    assert client.post("/me/data/")["Location"] == "/account/confirm?next=%2Fme%2Fdata%2F"
    assert not DataRequest.objects.exists()
    prove(client, alice)
    client.post("/me/data/")
    request = DataRequest.objects.get()
    assert "正在生成副本" in client.get("/me/data/").content.decode()
    run_data_request(request_id=request.pk)
    assert f"/me/data/{request.pk}" in client.get("/me/data/").content.decode()
    answer = client.get(f"/me/data/{request.pk}")
    assert answer["Content-Type"] == "application/zip" and "no-store" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content).startswith(b"PK")


def test_stranger_gets_nobody_elses_copy(client, alice):
    request = DataRequest.objects.create(
        member=MemberFactory(),
        kind="export",
        state="done",
        language="en",
        entrance="web",
        file="x.zip",
        expires_at=timezone.now() + timedelta(days=1),
    )
    prove(client, alice)
    assert client.get(f"/me/data/{request.pk}")["Location"] == "/me/data/"
