"""The face check over HTTP: what the camera's script can't show."""

import html
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.actions.decide_face_session import decide_face_session
from members.actions.grant_level import grant_level
from members.catalogue import event_specs
from members.entrances import Entrance
from members.models import FaceSession, Level, LevelGrant
from members.queries import level_of, live_grant
from portal.views.face import PURPOSE
from tests.factories import CustomerFactory
from tests.members.face_cast import ended, film, member_with_photo, send
from tests.notifications.conftest import make_event_type
from tests.portal.proving import has_proved

pytestmark = pytest.mark.django_db
PICTURE = b"\xff\xd8" + bytes(400_000)


@pytest.fixture
def alice(client):
    """Verified, agreed to face data, and signed in some time ago."""
    alice = member_with_photo("collins")
    grant_level(
        member=alice,
        level=Level.VERIFIED,
        method=LevelGrant.Method.IDENTITY_MATCH,
        evidence="test",
        entrance=Entrance.WEB,
    )
    client.force_login(alice)
    return alice


def pictures(count):
    frames = [SimpleUploadedFile("frame.jpg", PICTURE, "image/jpeg") for _ in range(count)]
    return {"nonce": "of-nobody", "step": "0", "frame": frames}


def test_face_that_passes_raises_the_level_by_itself(alice):
    """Frames, the true decision, its signal, the grant."""
    code = "verification.advanced_passed"
    make_event_type(code, variables=event_specs()[code].variables, channels=["app"])
    with time_machine.travel(timezone.now(), tick=False) as clock:
        session = send(clock, alice, film("collins"))
        assert level_of(alice) == Level.VERIFIED
        decided = decide_face_session(session_id=session.pk)
        assert decided.outcome == FaceSession.Outcome.PASS
        assert live_grant(alice, Level.ADVANCED).evidence == f"face_session:{session.pk}"


def test_pictures_are_never_written_to_temporary_files(client, alice, settings):
    """Three megabytes; Django would put what is above two and a half into FILE_UPLOAD_TEMP_DIR."""
    settings.FILE_UPLOAD_TEMP_DIR = "/nowhere"
    answer = client.post(reverse("face-frames"), pictures(8))
    assert (answer.status_code, answer.json()) == (409, {"error": "nonce_spent"})


def test_more_than_a_camera_sends_is_not_read(client, alice):
    answer = client.post(reverse("face-frames"), pictures(18))
    assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})


def test_pictures_from_another_site_are_refused(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(reverse("face-frames"), pictures(1)).status_code == 403


def test_check_begins_only_after_a_fresh_code_or_passkey(client, alice):
    """Also where the page was opened in time, and lay there for an hour."""
    answer = client.post(reverse("face-start"))
    assert (answer.status_code, answer.json()) == (403, {"error": "outdated"})
    assert not FaceSession.objects.exists()


def begins(client, **given):
    page = client.get(reverse("face-verify"))
    assert page.status_code == 200
    return client.post(reverse("face-start"), {"consent": "on", **given})


@pytest.fixture
def proved_alice(client, alice):
    has_proved(client, alice)
    return alice


@pytest.mark.parametrize("version", ["", "x", "0", "99"])
def test_words_that_are_not_in_force_are_shown_anew(client, proved_alice, version):
    answer = begins(client, version=version)
    assert (answer.status_code, answer.json()) == (403, {"error": "outdated"})


def test_child_is_told_that_a_guardian_has_to_agree(client, proved_alice, settings):
    settings.FACE_OF_MINORS = True
    customer = proved_alice.customer
    customer.birth_date, customer.guardian = timezone.localdate() - timedelta(days=4000), CustomerFactory()
    customer.save()
    answer = begins(client, version="1")
    assert (answer.status_code, answer.json()["error"]) == (409, "guardian_needed")
    assert "监护人同意" in answer.json()["words"]


def test_another_try_is_for_the_same_request_and_leads_on_to_the_same_page(client, alice):
    client.get(reverse("face-verify"), {"for": "01" * 32, "next": "/me/phone/lost/done"})
    ended(alice, FaceSession.Outcome.FAIL, "mismatch", request=b"\x01" * 32)
    page = client.get(reverse("face-result"))
    again = client.get(page.context["again"])
    assert page.context["again"] in html.unescape(page.text)
    assert again.status_code == 200
    assert client.session[PURPOSE] == {"request": "01" * 32, "next": "/me/phone/lost/done"}


def test_demo_says_why_nobody_is_recognised_and_what_can_be_done(client, alice, settings):
    ended(alice, FaceSession.Outcome.FAIL, "no_reference")
    command = "以此人身份核验"
    assert command in client.get(reverse("face-result")).text
    settings.DEMO = False
    assert command not in client.get(reverse("face-result")).text
