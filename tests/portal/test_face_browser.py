"""The face check in a real browser: from consent to the answer, with a film in place of the camera."""

import time
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from members.actions import start_face_session
from members.actions.grant_level import grant_level
from members.actions.record_proof import record_proof
from members.catalogue import event_specs
from members.entrances import Entrance
from members.models import FaceSession, Factor, Level, LevelGrant, ReferencePhoto
from members.queries import level_of
from members.sessions import session_of
from tests.browser import ARGUMENTS, ensure_chromium
from tests.face_sequences import jpeg, portrait
from tests.face_videos import ACTION_S, film_of_person, film_of_print, write_y4m
from tests.factories import CustomerFactory, MemberFactory
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db(transaction=True)
#: What is asked, as drawn; the films do it in this order. Hopper looks to her left already: turns go to the right.
CHALLENGE = ["turn_right", "close_eyes", "look_up"]
#: The film rests so long before the first action and between two: a slow machine has that much time for each step.
REST_S, PAUSE_S = 7.0, 3.0
#: From the answer that asks for an action to its first picture (READ_MS in face.js, and a look at the state).
ASKED_BEFORE_S = 1.2
FILMS = {
    "person": lambda: film_of_person("collins", CHALLENGE, rest_s=REST_S, pause_s=PAUSE_S),
    "another": lambda: film_of_person("hopper", CHALLENGE, rest_s=REST_S, pause_s=PAUSE_S),
    "print": lambda: film_of_print("collins", CHALLENGE, rest_s=REST_S, pause_s=PAUSE_S),
}
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


#: Keeps each picture that the page sends, in base 64; sends those kept instead of its own.
RECORDING = """() => {
  const send = window.fetch;
  window.fetch = async (address, request) => {
    for (const picture of request?.body?.getAll?.("frame") ?? [])
      await recorded(btoa(String.fromCharCode(...new Uint8Array(await picture.arrayBuffer()))));
    return send(address, request);
  };
}"""
REPLAYING = """kept => {
  const send = window.fetch;
  window.fetch = (address, request) => {
    const own = request?.body?.getAll?.("frame") ?? [];
    request?.body?.delete?.("frame");
    for (const old of kept.splice(0, own.length))
      request.body.append("frame", new Blob([Uint8Array.from(atob(old), (c) => c.charCodeAt(0))]), "frame.jpg");
    return send(address, request);
  };
}"""


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Path by name, made when first asked for."""
    folder = tmp_path_factory.mktemp("films")

    def film(name):
        path = folder / f"{name}.y4m"
        if not path.exists():
            write_y4m(path, FILMS[name]())
        return path

    return film


@pytest.fixture(autouse=True)
def challenge(monkeypatch):
    monkeypatch.setattr(start_face_session, "draw_challenge", lambda without: CHALLENGE)


@pytest.fixture
def alice():
    """Verified; her document shows Collins."""
    for code in ("verification.advanced_passed", "verification.advanced_failed"):
        make_event_type(code, variables=event_specs()[code].variables, channels=["app"])
    alice = MemberFactory(agrees=True, customer=CustomerFactory())
    ReferencePhoto.objects.create(customer=alice.customer, photo=jpeg(portrait("collins"), quality=90))
    grant_level(
        member=alice,
        level=Level.VERIFIED,
        method=LevelGrant.Method.IDENTITY_MATCH,
        evidence="test",
        entrance=Entrance.WEB,
    )
    return alice


def signed_in(member):
    """The key of a session in which the member has just confirmed a code."""
    client = Client()
    client.force_login(member)
    key = client.session.session_key
    record_proof(member=member, factor=Factor.CODE, session=session_of(key), entrance=Entrance.WEB)
    return key


@contextmanager
def before_the_camera(browser, live_server, member, camera):
    """The page of the face check in a browser that was started with this camera."""
    chromium = browser.browser_type.launch(executable_path=ensure_chromium(), args=[*ARGUMENTS, *camera])
    context = chromium.new_context(base_url=live_server.url, locale="zh-CN", viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": signed_in(member), "url": live_server.url}])
    page = context.new_page()
    page.goto("/me/level/face")
    yield page
    chromium.close()


def keep_to_the_film(page):
    """A film does not wait for what is asked. So the answers come as late as its actions do, as on a slow network."""
    opened = []

    def started(route):
        opened.append(time.monotonic())
        route.continue_()

    def answered(route):
        answer = route.fetch()
        if answer.ok and answer.json()["state"] == "capturing":
            begins = REST_S + (answer.json()["step"] - 1) * (ACTION_S + PAUSE_S)
            assert time.monotonic() - opened[0] < begins, "this machine is too slow for the film"
            time.sleep(max(0, opened[0] + begins - ASKED_BEFORE_S - time.monotonic()))
        route.fulfill(response=answer)

    page.route("**/me/level/face/start", started)
    page.route("**/me/level/face/frames", answered)


def check(page):
    """From consent to the answer."""
    keep_to_the_film(page)
    if page.locator("[name=consent]").count():
        page.locator("[name=consent]").check()
    page.get_by_role("button", name="打开摄像头").click()
    page.wait_for_url("**/me/level/face/result", timeout=90_000)


def filmed(browser, live_server, films, member, name):
    return before_the_camera(
        browser, live_server, member, [*CAMERA, f"--use-file-for-fake-video-capture={films(name)}"]
    )


def test_member_is_recognised_and_may_do_everything_from_home(browser, live_server, films, alice):
    with filmed(browser, live_server, films, alice, "person") as page:
        check(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("确认是您本人")
    session = FaceSession.objects.get()
    assert (session.outcome, session.reason, session.challenge) == ("pass", "", CHALLENGE)
    assert level_of(alice) == Level.ADVANCED
    assert (session.frames.count(), alice.consents.filter(kind="face").count()) == (0, 1)


def test_tilted_print_is_refused(browser, live_server, films, alice):
    with filmed(browser, live_server, films, alice, "print") as page:
        check(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("这次没有通过")
        expect(page.get_by_role("link", name="重试")).to_be_visible()
    assert FaceSession.objects.get().outcome == "fail"
    assert FaceSession.objects.get().reason in {"flat", "not_done", "something_else"}
    assert level_of(alice) == Level.VERIFIED


def test_another_person_is_not_let_in(browser, live_server, films, alice):
    with filmed(browser, live_server, films, alice, "another") as page:
        check(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("这次没有通过")
    assert (FaceSession.objects.get().outcome, FaceSession.objects.get().reason) == ("fail", "no_match")
    assert level_of(alice) == Level.VERIFIED


def test_pictures_that_were_sent_before_are_known_again(browser, live_server, films, alice):
    """By a page that was changed: it sends the pictures of the first check a second time, in answer to the second."""
    sent = []
    with filmed(browser, live_server, films, alice, "person") as page:
        page.expose_function("recorded", lambda picture: sent.append(picture))
        page.evaluate(RECORDING)
        check(page)
    with filmed(browser, live_server, films, alice, "person") as page:
        page.evaluate(REPLAYING, sent)
        check(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("这次没有通过")
    assert list(FaceSession.objects.order_by("pk").values_list("outcome", "reason")) == [
        ("pass", ""),
        ("fail", "replayed"),
    ]


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        (["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny"], "没有获得摄像头权限"),
        (["--use-fake-ui-for-media-stream"], "没有找到摄像头"),
    ],
    ids=["forbidden", "none"],
)
def test_without_a_camera_the_page_says_why_and_nothing_is_counted(browser, live_server, alice, camera, words):
    with before_the_camera(browser, live_server, alice, camera) as page:
        page.locator("[name=consent]").check()
        page.get_by_role("button", name="打开摄像头").click()
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_role("button", name="打开摄像头")).to_be_visible()
    assert not FaceSession.objects.exists()
    assert not alice.consents.filter(kind="face").exists()
