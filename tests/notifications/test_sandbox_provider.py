"""The sandbox provider as a process: what it accepts, shows, remembers and does wrong when asked to."""

import signal
import subprocess
import sys

import pytest
import requests

from tests.sandbox import SandboxProcess, eventually, text

PROVIDER = "notifications.sandbox.provider"


def test_it_works(sandbox):
    assert sandbox.ready_line.startswith("sandbox provider ready on http://127.0.0.1:")
    answer = sandbox.post(text("1", text="您好"), text("2", to="+8613800000002")).json()
    assert answer == {
        "results": [
            {"key": "1", "status": "accepted", "reference": "sms-1"},
            {"key": "2", "status": "accepted", "reference": "sms-2"},
        ]
    }
    assert sandbox.received("+8613800000001") == ["您好"]


def test_it_stops_silently_on_ctrl_c(sandbox):
    assert sandbox.stop(signal.SIGINT) == (0, "")


def test_it_knows_nothing_of_django():
    """So that it starts at once."""
    code = "import sys, notifications.sandbox.provider; print('django' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_the_secret_is_asked_for(sandbox):
    assert requests.get(sandbox.url + "/stats").status_code == 401
    wrong = requests.post(sandbox.url + "/sms/messages", json={}, headers={"Authorization": "Bearer x"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "unauthorized")
    assert requests.get(sandbox.url + "/healthz").status_code == 200


def test_the_same_key_gets_the_first_answer_and_is_shown_once(sandbox):
    first = sandbox.post(text("1", text="first")).json()
    assert sandbox.post(text("1", text="second")).json() == first
    twice_in_one_batch = sandbox.post(text("2"), text("2")).json()["results"]
    assert twice_in_one_batch[0] == twice_in_one_batch[1]
    assert len(sandbox.received("+8613800000001")) == 2
    # A key is one service's own.
    assert sandbox.post(text("1"), service="wechat").json()["results"][0]["reference"] != "sms-1"


def test_what_was_accepted_survives_being_killed(sandbox):
    sandbox.turn(receipt_loss_rate=0.25)
    first = sandbox.post(text("1")).json()
    sandbox.stop(signal.SIGKILL)
    sandbox.start()
    assert sandbox.http.get(sandbox.url + "/sms/messages", params={"keys": "1,2"}).json() == first
    assert sandbox.post(text("1")).json() == first
    assert sandbox.http.get(sandbox.url + "/dials").json()["sms"]["receipt_loss_rate"] == 0.25


def test_a_phone_is_shown_newest_first_in_pages(sandbox):
    sandbox.post(*[text(str(n), text=str(n)) for n in range(5)])
    sandbox.post(text("other", to="+8613800000002"))
    address = sandbox.url + "/sms/messages"
    page = sandbox.http.get(address, params={"to": "+8613800000001", "limit": 3}).json()
    assert [message["text"] for message in page["messages"]] == ["4", "3", "2"]
    rest = sandbox.http.get(address, params={"to": "+8613800000001", "limit": 3, "before": page["next"]}).json()
    assert [message["text"] for message in rest["messages"]] == ["1", "0"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "not_json"),
        (b"[]", 422, "invalid"),
        (b'{"messages": 1}', 422, "invalid"),
        (b'{"messages": [' + b"1," * 500 + b"1]}", 413, "too_many_messages"),
    ],
)
def test_a_bad_request_is_refused_with_a_code(sandbox, body, status, code):
    answer = sandbox.http.post(sandbox.url + "/sms/messages", data=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_bad_message_rejects_only_itself(sandbox):
    answer = sandbox.post(text("1"), {"key": "2"}, "nonsense", text("3", to="")).json()["results"]
    assert [(result["key"], result.get("code")) for result in answer] == [
        ("1", None),
        ("2", "invalid_message"),
        ("", "invalid_message"),
        ("3", "invalid_message"),
    ]


def test_a_bad_dial_is_named_and_changes_nothing(sandbox):
    for name, value in [("latency_ms", -1), ("failure_rate", 1.5), ("receipts", "yes"), ("volume", 11)]:
        answer = sandbox.http.put(sandbox.url + "/dials", json={"server_error_rate": 1, name: value})
        assert (answer.status_code, answer.json()["error"]["pointer"]) == (422, f"/{name}")
    assert sandbox.post(text("1")).status_code == 200


def test_dials_may_be_turned_for_one_service(sandbox):
    sandbox.http.put(sandbox.url + "/sms/dials", json={"server_error_rate": 1})
    assert sandbox.post(text("1")).status_code == 500
    assert sandbox.post(text("1"), service="wechat").status_code == 200


def test_a_server_error_accepts_nothing_and_a_lost_answer_everything(sandbox):
    sandbox.turn(server_error_rate=1)
    assert sandbox.post(text("1")).status_code == 500
    sandbox.turn(server_error_rate=0, garbage_rate=1)
    garbage = sandbox.post(text("2"))
    assert garbage.status_code == 200
    with pytest.raises(ValueError):
        garbage.json()
    sandbox.turn(garbage_rate=0, timeout_rate=1)
    with pytest.raises(requests.ReadTimeout):
        sandbox.post(text("3"), timeout=0.3)
    known = sandbox.http.get(sandbox.url + "/sms/messages", params={"keys": "1,2,3"}).json()["results"]
    assert [result["key"] for result in known] == ["2", "3"]


def test_too_much_is_throttled_with_a_time_to_come_back(sandbox):
    sandbox.turn(throttle_per_s=10)
    assert sandbox.post(*[text(str(n)) for n in range(30)]).status_code == 200
    refused = sandbox.post(text("later"))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) in (2, 3)


def test_a_busy_carrier_may_be_tried_again_a_rejected_number_not(sandbox):
    sandbox.turn(failure_rate=1, reject_numbers=["+8613800000002"])
    assert sandbox.post(text("1")).json()["results"][0]["code"] == "carrier_busy"
    sandbox.turn(failure_rate=0)
    assert sandbox.post(text("1")).json()["results"][0]["status"] == "accepted"
    assert sandbox.post(text("2", to="+8613800000002")).json()["results"][0]["code"] == "number_rejected"
    sandbox.turn(reject_numbers=[])
    assert sandbox.post(text("2", to="+8613800000002")).json()["results"][0]["code"] == "number_rejected"
    assert sandbox.received("+8613800000002") == []


def test_the_same_seed_draws_the_same_faults(tmp_path):
    drawn = []
    for run in range(2):
        sandbox = SandboxProcess(tmp_path / str(run), "http://127.0.0.1:9/nobody", "--seed", "42")
        sandbox.turn(failure_rate=0.5)
        results = sandbox.post(*[text(str(n)) for n in range(100)]).json()["results"]
        drawn.append([result["status"] for result in results])
        sandbox.stop()
    assert drawn[0] == drawn[1]
    assert 20 < drawn[0].count("accepted") < 80


def test_only_the_newest_are_kept(tmp_path):
    sandbox = SandboxProcess(tmp_path, "http://127.0.0.1:9/nobody", "--keep", "1000")
    for start in range(0, 6000, 500):
        sandbox.post(*[text(str(n), text=str(n)) for n in range(start, start + 500)])
    assert sandbox.stats()["accepted"] == 2000  # pruned at 5,000 to 1,000, and 1,000 more
    assert sandbox.received("+8613800000001")[0] == "5999"
    sandbox.stop()


def test_every_accepted_message_gets_a_signed_receipt(sandbox, web):
    sandbox.post(text("1"), text("2"))
    sandbox.post(text("3"), service="wechat")
    eventually(lambda: len(web.receipts) == 3)
    assert sorted((receipt["key"], receipt["status"]) for receipt in web.receipts) == [
        ("1", "delivered"),
        ("2", "delivered"),
        ("3", "delivered"),
    ]
    assert {path for path, _ in web.posts} == {"/receipts/sandbox-sms", "/receipts/sandbox-wechat"}
    eventually(lambda: sandbox.stats()["receipts_waiting"] == 0)


def test_receipts_wait_for_a_web_that_is_down_and_for_their_own_restart(sandbox, web):
    web.status = 503
    sandbox.post(*[text(str(n)) for n in range(3)])
    eventually(lambda: sandbox.stats()["receipt_failures"] >= 2)
    sandbox.stop(signal.SIGKILL)
    web.status = 200
    sandbox.start()
    eventually(lambda: sorted(receipt["key"] for receipt in web.receipts) == ["0", "1", "2"])


def test_receipts_can_fail_get_lost_come_twice_and_in_any_order(sandbox, web):
    sandbox.turn(receipt_failed_rate=1)
    sandbox.post(text("failed"))
    sandbox.turn(receipt_failed_rate=0, receipt_loss_rate=1)
    sandbox.post(text("lost"))
    sandbox.turn(receipt_loss_rate=0, receipts=False)
    sandbox.post(text("off"))
    sandbox.turn(receipts=True, receipt_duplicate_rate=1, receipts_out_of_order=True)
    sandbox.post(*[text(f"twice{n}") for n in range(10)])
    eventually(lambda: len(web.receipts) == 21)
    eventually(lambda: sandbox.stats()["receipts_waiting"] == 0)
    assert [r["key"] for r in web.receipts if r["status"] == "failed"] == ["failed"]
    twice = [r["key"] for r in web.receipts if r["status"] == "delivered"]
    assert sorted(twice) == sorted([f"twice{n}" for n in range(10)] * 2)
    assert twice != sorted(twice)


def test_a_port_that_is_taken_is_said_in_one_line(sandbox, tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", PROVIDER, "--port", str(sandbox.port), "--folder", str(tmp_path / "other")],
        capture_output=True,
        text=True,
        timeout=10,
        env={"SANDBOX_SECRET": "x", "PATH": ""},
    )
    assert process.returncode == 1
    assert process.stderr.startswith(f"sandbox provider: port {sandbox.port} is not free")
    assert process.stderr.count("\n") == 1
