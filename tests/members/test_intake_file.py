"""`manage.py ingest_events FILE.jsonl`: by line, rejects in a file beside it, exit status."""

import json
import stat

import pytest
from django.core.management import CommandError, call_command

from members.models import PolicyEvent
from tests.factories import PolicyFactory
from tests.members.cloud_events import debit_failed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy():
    PolicyFactory(policy_no="P2024000123")


@pytest.fixture
def ingest(tmp_path, capsys):
    """Exit status, last line, rejects of a file with this content."""

    def ingest(content):
        file = tmp_path / "events.jsonl"
        file.write_bytes(content)
        status = 0
        try:
            call_command("ingest_events", str(file))
        except SystemExit as end:
            status = end.code
        rejects = tmp_path / "events.jsonl.rejects.jsonl"
        lines = rejects.read_text().splitlines() if rejects.exists() else None
        last = capsys.readouterr().out.splitlines()[-1]
        return status, last, None if lines is None else [json.loads(line) for line in lines]

    return ingest


def line(sent):
    return json.dumps(sent, ensure_ascii=False).encode() + b"\n"


def test_it_works(ingest):
    status, last, rejects = ingest(line(debit_failed()) + line(debit_failed()))
    assert (status, last) == (0, "read=2 accepted=2 duplicate=0 conflict=0 rejected=0")
    assert rejects is None
    assert PolicyEvent.objects.count() == 2


def test_the_same_file_again_changes_nothing(ingest):
    content = line(debit_failed()) + line(debit_failed())
    ingest(content)
    assert ingest(content) == (0, "read=2 accepted=0 duplicate=2 conflict=0 rejected=0", None)


def test_bad_lines_are_kept_with_their_number_and_reason_and_good_ones_go_in(ingest):
    bad = debit_failed(time="now")
    status, last, rejects = ingest(
        b"\xef\xbb\xbf" + line(debit_failed(id="1")) + b"\n  \r\n" + line(bad) + b"{\xff\n"
        + line(debit_failed(id="1", data={"premium": "1.00"})) + line([1]) + line(debit_failed()).rstrip()
    )  # fmt: skip
    assert (status, last) == (1, "read=6 accepted=2 duplicate=0 conflict=1 rejected=3")
    assert [(entry["line"], entry["status"], entry["error"]["code"]) for entry in rejects] == [
        (4, "rejected", "bad_time"),
        (5, "rejected", "unreadable"),
        (6, "conflict", "conflict"),
        (7, "rejected", "not_an_event"),
    ]
    assert rejects[0]["event"] == bad
    assert rejects[1]["event"] == "{\ufffd"
    assert set(rejects[0]["error"]) == {"code", "pointer", "detail"}


def test_oversized_line_and_half_characters_are_kept_as_they_were_sent(ingest):
    huge, half = debit_failed(data={"reason": "x" * 65_536}), debit_failed(data={"reason": "\ud800"})
    _, last, rejects = ingest(line(huge) + json.dumps(half).encode() + b"\r\n")
    assert last == "read=2 accepted=0 duplicate=0 conflict=0 rejected=2"
    assert [entry["event"] for entry in rejects] == [huge, half]
    assert [entry["error"]["code"] for entry in rejects] == ["event_too_large", "forbidden_character"]


def test_rejects_are_for_their_owner_only_and_do_not_outlive_a_good_run(ingest, tmp_path):
    ingest(b"{\n")
    rejects = tmp_path / "events.jsonl.rejects.jsonl"
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    ingest(line(debit_failed()))
    assert not rejects.exists()


def test_more_lines_than_a_transaction_holds(ingest):
    assert ingest(b"".join(line(debit_failed()) for _ in range(501)))[1].startswith("read=501 accepted=501 ")


def test_an_empty_file_is_read(ingest):
    assert ingest(b"") == (0, "read=0 accepted=0 duplicate=0 conflict=0 rejected=0", None)


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_is_exit_status_2(tmp_path, name):
    with pytest.raises(CommandError) as failure:
        call_command("ingest_events", str(tmp_path / name))
    assert failure.value.returncode == 2
