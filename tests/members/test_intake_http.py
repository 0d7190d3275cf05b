"""`POST /api/v1/events`: three modes, answers in order, statuses, limits, keys."""

import io
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.core.cache import cache

from members.actions.issue_api_key import issue_api_key
from members.actions.revoke_api_key import revoke_api_key
from members.models import ApiKey, PolicyEvent, Scope
from tests.factories import PolicyFactory
from tests.members.cloud_events import debit_failed, event

pytestmark = pytest.mark.django_db

URL = "/api/v1/events"
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


@pytest.fixture(autouse=True)
def world():
    cache.clear()
    PolicyFactory(policy_no="P2024000123")


@pytest.fixture
def key():
    return issue_api_key(name="core", scopes=[Scope.EVENTS_WRITE]).key


@pytest.fixture
def post(client, key):
    def post(body, content_type=STRUCTURED, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en", **headers}
        return client.post(URL, body, content_type=content_type, headers=headers)

    return post


def outcomes(answer):
    return [result["status"] for result in answer.json()["results"]]


def refused(answer):
    return answer.status_code, answer.json()["error"]["code"]


def binary(sent):
    """Headers and body of an event in binary mode."""
    headers = {f"ce-{name}": quote(value) for name, value in sent.items() if name not in ("data", "datacontenttype")}
    return json.dumps(sent["data"]).encode(), headers


def test_it_works(post):
    answer = post(debit_failed(id="core-1"))
    assert answer.status_code == 202
    assert answer.json() == {
        "results": [{"source": "/core/policy-admin", "id": "core-1", "status": "accepted", "error": None}]
    }
    assert PolicyEvent.objects.get().event_id == "core-1"


class TestModes:
    def test_batch_is_answered_in_the_order_sent(self, post):
        sent = debit_failed()
        answer = post([sent, debit_failed(time="now"), {**sent, "subject": "P9"}, sent, "?"], BATCH)
        assert answer.status_code == 202
        assert outcomes(answer) == ["accepted", "rejected", "conflict", "duplicate", "rejected"]
        assert [result["id"] for result in answer.json()["results"]][:1] == [sent["id"]]

    def test_binary_mode_reads_attributes_from_headers(self, post):
        sent = debit_failed(id="core 1%", source="/core/policy-admin")
        body, headers = binary(sent)
        answer = post(body, "application/json", **headers)
        assert (answer.status_code, outcomes(answer)) == (202, ["accepted"])
        logged = PolicyEvent.objects.get()
        assert (logged.event_id, logged.subject, logged.data) == ("core 1%", "P2024000123", sent["data"])

    def test_the_same_event_in_another_mode_is_a_duplicate(self, post):
        sent = debit_failed()
        body, headers = binary(sent)
        assert outcomes(post(sent)) == ["accepted"]
        assert outcomes(post(body, "application/json; charset=utf-8", **headers)) == ["duplicate"]
        assert outcomes(post([sent], BATCH)) == ["duplicate"]

    def test_binary_header_may_be_quoted(self, post):
        body, headers = binary(debit_failed())
        post(body, "application/json", **{**headers, "ce-id": '"a\\"b"'})
        assert PolicyEvent.objects.get().event_id == 'a"b'

    def test_binary_event_without_data_needs_no_body(self, post):
        _, headers = binary(event("hotline.window_open"))
        assert outcomes(post(b"", "", **headers)) == ["accepted"]

    @pytest.mark.parametrize("bad", ["%ff", "%00", "%ed%a0%80", ""])
    def test_binary_header_that_is_no_text_is_that_events_fault(self, post, bad):
        body, headers = binary(debit_failed())
        answer = post(body, "application/json", **{**headers, "ce-id": bad})
        assert answer.status_code == 422
        assert answer.json()["results"][0]["error"]["pointer"] == "/id"

    def test_binary_without_specversion_is_that_events_fault(self, post):
        body, headers = binary(debit_failed(specversion=None))
        answer = post(body, "application/json", **headers)
        assert answer.json()["results"][0]["error"]["code"] == "bad_specversion"

    def test_a_byte_order_mark_is_tolerated(self, post):
        assert outcomes(post(b"\xef\xbb\xbf" + json.dumps(debit_failed()).encode())) == ["accepted"]

    def test_an_empty_batch_has_accepted_nothing(self, post):
        answer = post([], BATCH)
        assert (answer.status_code, answer.json()) == (422, {"results": []})


class TestStatuses:
    def test_a_duplicate_alone_is_202(self, post):
        sent = debit_failed()
        post(sent)
        assert post(sent).status_code == 202

    def test_a_conflict_beside_rejections_is_409(self, post):
        post(debit_failed(id="1"))
        answer = post([debit_failed(id="1", data={"premium": "1.00"}), debit_failed(time="now")], BATCH)
        assert (answer.status_code, outcomes(answer)) == (409, ["conflict", "rejected"])

    def test_rejections_alone_are_422_with_code_pointer_and_detail(self, post):
        answer = post(debit_failed(data={"premium": "SECRET"}))
        assert answer.status_code == 422
        assert answer.json()["results"][0]["error"] == {
            "code": "not_money",
            "pointer": "/data/premium",
            "detail": 'Money is a text with two decimals (a unit price four), not negative: "1200.00".',
        }
        assert b"SECRET" not in answer.content

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b" ", STRUCTURED),
            (b"{", STRUCTURED),
            (b"[]", STRUCTURED),
            (b"{} {}", STRUCTURED),
            (b'{"a": NaN}', STRUCTURED),
            (b'{"a": "\xff"}', STRUCTURED),
            (b'{"a": "\0"}', STRUCTURED),
            (b"[" * 100_000, STRUCTURED),
            (b"[" * 100_000, BATCH),
            (b"{}", BATCH),
            (b"[{}", BATCH),
            (b"[{},]", BATCH),
            (b"[{}]]", BATCH),
            (b"[{} {}]", BATCH),
            (b"[,]", BATCH),
        ],
    )
    def test_unreadable_body_is_400(self, post, body, content_type):
        assert refused(post(body, content_type)) == (400, "unreadable")
        assert not PolicyEvent.objects.exists()

    def test_a_number_without_end_is_one_events_fault(self, post):
        huge = json.dumps([debit_failed(), event("issuance.receipt_pending", data={"days": 1234567})])
        answer = post(huge.replace("1234567", "9" * 5000).encode(), BATCH)
        assert outcomes(answer) == ["accepted", "rejected"]
        assert answer.json()["results"][1]["error"]["pointer"] == "/data/days"

    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "application/json",
            "text/plain",
            "application/xml",
            f"{STRUCTURED}; charset=gbk",
            "application/cloudevents",
        ],
    )
    def test_what_is_no_cloud_event_by_its_type_is_415(self, post, content_type):
        assert refused(post(debit_failed(), content_type)) == (415, "unsupported_media_type")

    def test_binary_mode_with_other_than_json_is_415(self, post):
        _, headers = binary(debit_failed())
        assert refused(post(b"<a/>", "application/xml", **headers)) == (415, "unsupported_media_type")

    def test_get_is_not_allowed(self, client):
        assert client.get(URL).status_code == 405


class TestLimits:
    def filled(self, size):
        """A good event of exactly `size` bytes as sent."""
        sent = debit_failed(data={"reason": "x"})
        missing = size - len(json.dumps(sent).encode())
        return {**sent, "data": {**sent["data"], "reason": "x" * (missing + 1)}}

    def test_64_kib_of_event_are_taken(self, post):
        assert outcomes(post(self.filled(64 * 1024))) == ["accepted"]

    def test_one_byte_more_is_rejected_and_its_neighbours_are_not(self, post):
        answer = post([debit_failed(), self.filled(64 * 1024 + 1), debit_failed()], BATCH)
        assert outcomes(answer) == ["accepted", "rejected", "accepted"]
        assert answer.json()["results"][1]["error"]["code"] == "event_too_large"

    def test_size_is_counted_in_bytes_not_characters(self, post):
        sent = debit_failed(data={"reason": "余" * 30_000})
        answer = post([sent], BATCH)
        assert outcomes(answer) == ["rejected"]
        assert outcomes(post(json.dumps(sent, ensure_ascii=False).encode())) == ["rejected"]

    def test_1000_events_are_taken_and_1001_are_not(self, post):
        events = [{} for _ in range(1001)]
        assert refused(post(events, BATCH)) == (413, "request_too_large")
        answer = post(events[1:], BATCH)
        assert (answer.status_code, len(answer.json()["results"])) == (422, 1000)

    def test_1_mib_is_taken_and_one_byte_more_is_not(self, post):
        body = json.dumps(debit_failed()).encode()
        assert outcomes(post(body.ljust(1024 * 1024))) == ["rejected"]  # an event of 1 MiB, blanks and all
        assert refused(post(body.ljust(1024 * 1024 + 1))) == (413, "request_too_large")

    @pytest.mark.parametrize(("size", "status"), [(1024 * 1024, 202), (1024 * 1024 + 1, 413)])
    def test_a_body_in_chunks_has_no_length_and_the_same_limit(self, client, key, size, status):
        body = json.dumps([debit_failed()]).encode().ljust(size)
        answer = client.generic(
            "POST",
            URL,
            headers={"Authorization": f"Bearer {key}"},
            CONTENT_TYPE=BATCH,
            **{"wsgi.input": Pieces(body), "wsgi.input_terminated": True},
        )
        assert answer.status_code == status


class Pieces(io.BytesIO):
    """Gives what it has as a socket does: now and then a little."""

    def read(self, size=-1):
        return super().read(min(size, 100_000))


class TestKeys:
    def test_without_a_key_nobody_is_let_in(self, client):
        answer = client.post(URL, b"{}", content_type=STRUCTURED)
        assert refused(answer) == (401, "unauthorized")
        assert answer["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("wrong", ["", "x", "{key}x", "bk_", "{prefix}", "\u0000", "{key} {key}", "é"])
    def test_a_wrong_key_is_401(self, client, key, wrong):
        token = wrong.format(key=key, prefix=key[:12])
        answer = client.post(URL, b"{}", content_type=STRUCTURED, headers={"Authorization": f"Bearer {token}"})
        assert refused(answer) == (401, "unauthorized")

    def test_another_scheme_is_401(self, client, key):
        answer = client.post(URL, b"{}", content_type=STRUCTURED, headers={"Authorization": f"Basic {key}"})
        assert refused(answer) == (401, "unauthorized")

    def test_a_revoked_key_is_401(self, post, key):
        revoke_api_key(prefix=key[:12])
        assert refused(post(debit_failed())) == (401, "unauthorized")

    def test_a_key_without_the_scope_is_403(self, post):
        ApiKey.objects.update(scopes=["other:read"])
        assert refused(post(debit_failed())) == (403, "forbidden")
        assert not PolicyEvent.objects.exists()

    def test_too_many_requests_are_429_and_say_when_to_come_back(self, post, settings, time_machine_at):
        settings.API_REQUESTS_PER_MINUTE = 2
        assert [post(debit_failed()).status_code for _ in range(2)] == [202, 202]
        answer = post(debit_failed())
        assert refused(answer) == (429, "too_many_requests")
        assert answer["Retry-After"] == "45"
        time_machine_at.shift(45)
        assert post(debit_failed()).status_code == 202

    def test_one_keys_limit_is_not_another_ones(self, post, client, settings):
        settings.API_REQUESTS_PER_MINUTE = 1
        post(debit_failed())
        other = issue_api_key(name="other", scopes=[Scope.EVENTS_WRITE]).key
        answer = client.post(
            URL, json.dumps(debit_failed()), content_type=STRUCTURED, headers={"Authorization": f"Bearer {other}"}
        )
        assert answer.status_code == 202

    def test_last_use_is_noted_but_not_every_time(self, post):
        post(debit_failed())
        noted = ApiKey.objects.get().last_used_at
        assert noted is not None
        post(debit_failed())
        assert ApiKey.objects.get().last_used_at == noted
        ApiKey.objects.update(last_used_at=noted - timedelta(minutes=6))
        post(debit_failed())
        assert ApiKey.objects.get().last_used_at > noted - timedelta(minutes=6)


@pytest.fixture
def time_machine_at():
    import time_machine

    with time_machine.travel(datetime(2026, 11, 20, 2, 15, 15, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def test_detail_speaks_the_readers_language_and_the_code_does_not(post):
    english = post(debit_failed(time="now")).json()["results"][0]["error"]
    chinese = post(debit_failed(time="now"), **{"Accept-Language": "zh-hans"}).json()["results"][0]["error"]
    assert english["code"] == chinese["code"] == "bad_time"


def test_api_describes_itself_without_foreign_addresses(client):
    described = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/events"]["post"]
    assert set(described["requestBody"]["content"]) == {STRUCTURED, BATCH, "application/json"}
    assert set(described["responses"]) == {"202", "400", "401", "403", "409", "413", "415", "422", "429"}
    page = client.get("/api/v1/docs").content.decode()
    assert "swagger" in page
    assert "//cdn" not in page
