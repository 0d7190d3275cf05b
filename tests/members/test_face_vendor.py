"""The three seams by HTTP, against a server that really answers, hesitates, breaks off and babbles."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from members.actions.decide_face_session import decide_face_session
from members.face import seams, vendor
from members.face.frames import Frame
from members.face.protocol import Action
from members.face.seams import NoUsablePhoto, Reason, ServiceRefused, ServiceUnavailable
from members.models import FaceSession
from members.tasks import decide_face_session as task
from tests.factories import CustomerFactory
from tests.members.face_cast import member_with_photo, send, still

PICTURE = base64.b64encode(b"a picture").decode()


class Stub(ThreadingHTTPServer):
    """A vendor. `answers`: path → (status, body) or a callable that writes to the socket itself."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked = {}, []


class Handler(BaseHTTPRequestHandler):
    server: Stub

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Authorization"], json.loads(body)))
        answer = self.server.answers[self.path]
        if callable(answer):
            answer(self)
            return
        status, content = answer
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def stub(settings):
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    settings.FACE_SERVICE_URL = f"http://127.0.0.1:{server.server_port}/v1/"
    settings.FACE_SERVICE_SECRET = "between vendor and platform"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def frames():
    return [Frame(data) for data in still()]


def test_liveness_asks_and_reads(stub, frames):
    stub.answers["/v1/liveness"] = (200, {"live": True, "portraits": [[0, 1], [1, 3]]})
    answer = vendor.HttpLiveness().check([frames, frames], [Action.TURN_LEFT])
    assert answer.reason is None and answer.portraits == [frames[1], frames[3]]
    ((path, key, body),) = stub.asked
    assert (path, key) == ("/v1/liveness", "Bearer between vendor and platform")
    assert body["challenge"] == ["turn_left"]
    assert base64.b64decode(body["windows"][1][3]) == frames[3].data
    stub.answers["/v1/liveness"] = (200, {"live": False, "reason": "flat"})
    assert vendor.HttpLiveness().check([frames], []).reason == Reason.FLAT


def test_the_matcher_asks_and_reads(stub, frames):
    stub.answers["/v1/compare"] = (200, {"distance": 0.31})
    assert vendor.HttpMatcher().distance(frames, frames[0]) == 0.31
    stub.answers["/v1/compare"] = (200, {"usable": False})
    with pytest.raises(NoUsablePhoto):
        vendor.HttpMatcher().distance(frames, frames[0])


def test_photos_are_asked_for_in_the_body_and_never_in_the_address(stub, db):
    customer = CustomerFactory(name="陈思远", id_type="resident_id", id_no="110101199003077758")
    stub.answers["/v1/photo"] = (200, {"photo": PICTURE})
    assert vendor.HttpPhotos().photo_of(customer) == b"a picture"
    path, _, body = stub.asked[0]
    assert path == "/v1/photo"
    assert body == {
        "customer_no": customer.customer_no,
        "name": "陈思远",
        "id_type": "resident_id",
        "id_no": "110101199003077758",
    }
    stub.answers["/v1/photo"] = (404, {})
    with pytest.raises(NoUsablePhoto):
        vendor.HttpPhotos().photo_of(customer)


def hang(handler):
    time.sleep(1.5)


def break_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"distance"')
    handler.wfile.flush()
    handler.connection.close()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_vendors_trouble_passes(stub, frames, status):
    stub.answers["/v1/compare"] = (status, {"distance": 0.1})
    with pytest.raises(ServiceUnavailable) as error:
        vendor.HttpMatcher().distance(frames, frames[0])
    assert type(error.value) is ServiceUnavailable and str(error.value) == f"HTTP {status}"


def test_no_answer_in_time_passes(stub, frames, monkeypatch):
    monkeypatch.setattr(vendor, "READ_TIMEOUT_S", 0.3)
    stub.answers["/v1/compare"] = hang
    with pytest.raises(ServiceUnavailable, match="no answer in time"):
        vendor.HttpMatcher().distance(frames, frames[0])


def test_a_refused_connection_passes_and_tells_no_address(settings, frames):
    settings.FACE_SERVICE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(ServiceUnavailable) as error:
        vendor.HttpMatcher().distance(frames, frames[0])
    assert str(error.value) == "connection lost"


def test_an_answer_that_breaks_off_is_none(stub, frames):
    stub.answers["/v1/compare"] = break_off
    with pytest.raises(ServiceUnavailable):
        vendor.HttpMatcher().distance(frames, frames[0])


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"live": "yes"},
        {"live": False, "reason": "moon"},
        {"live": True, "portraits": []},
        {"live": True, "portraits": [[7, 7]]},
        {"live": True, "portraits": [[0, -1]]},
    ],
)
def test_an_unreadable_liveness_is_no_pass(stub, frames, answer):
    stub.answers["/v1/liveness"] = (200, answer)
    with pytest.raises(ServiceRefused):
        vendor.HttpLiveness().check([frames], [])


# --- a whole session, decided by the vendor --------------------------------------------------------------------


@pytest.fixture
def by_vendor(stub, settings):
    settings.FACE_LIVENESS = "members.face.vendor.HttpLiveness"
    settings.FACE_MATCHER = "members.face.vendor.HttpMatcher"
    settings.FACE_REFERENCE_PHOTOS = "members.face.vendor.HttpPhotos"
    chosen = (seams.liveness_check, seams.face_matcher, seams.reference_photos)
    for seam in chosen:
        seam.cache_clear()
    stub.answers["/v1/liveness"] = (200, {"live": True, "portraits": [[0, 0]]})
    stub.answers["/v1/photo"] = (200, {"photo": base64.b64encode(still(seed=9)[0]).decode()})
    stub.answers["/v1/compare"] = (200, {"distance": 0.2})
    yield stub
    for seam in chosen:
        seam.cache_clear()


def complete(clock):
    return send(clock, member_with_photo(None), [still(seed=seed) for seed in (1, 2, 3, 4)])


def test_a_vendor_decides(by_vendor, db, clock):
    session = decide_face_session(session_id=complete(clock).pk)
    assert (session.outcome, session.distance) == ("pass", 0.2)


def test_a_vendor_who_is_down_costs_no_attempt(by_vendor, db, clock):
    by_vendor.answers["/v1/compare"] = (503, {})
    session = complete(clock)
    # Run where it is called, a task tries again only where it is allowed to swallow that it does.
    task.app.conf.task_eager_propagates = False
    try:
        task.apply(args=[session.pk])
    finally:
        task.app.conf.task_eager_propagates = True
    session.refresh_from_db()
    assert (session.outcome, session.reason) == ("fail", "out_of_service")
    assert session.reason in FaceSession.NOT_COUNTED
    assert len([path for path, *_ in by_vendor.asked if path == "/v1/compare"]) == 3


def test_a_vendor_who_babbles_is_not_asked_again(by_vendor, db, clock):
    by_vendor.answers["/v1/liveness"] = (200, {"live": "perhaps"})
    session = complete(clock)
    task.apply(args=[session.pk])
    session.refresh_from_db()
    assert (session.outcome, session.reason) == ("fail", "out_of_service")
    assert len(by_vendor.asked) == 1
