import csv
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from notifications.actions.close_print_batch import close_ended_print_batches, close_print_batch, locked
from notifications.actions.make_letters import make_letters
from notifications.channels import Result
from notifications.channels.letter import PrintFolder
from notifications.letters.manifest import POSTCODE, file_of, printed_on, write_whole
from notifications.models import Attempt, Message, PrintBatch, Template
from tests.factories import PolicyEventFactory
from tests.notifications.letter_samples import LETTER, archive_in, outgoing

Outcome = Attempt.Outcome


@pytest.fixture
def folder(settings, tmp_path):
    archive_in(settings, tmp_path)
    settings.PRINT_FOLDER = tmp_path / "print"
    return settings.PRINT_FOLDER


@pytest.fixture
def letters(premium_due):
    """Makes messages on the paper channel and hands them over as the engine does."""
    revision = Template.objects.get(channel="letter").live_revision_id
    event, now = PolicyEventFactory(), timezone.now()

    def letters(*recipients, letter=LETTER, address="上海市世纪大道100号"):
        found = []
        for recipient in recipients:
            message = Message.objects.create(
                cause="policy:1",
                policy_event=event,
                recipient=recipient,
                event_type=premium_due,
                role="policyholder",
                channel="letter",
                track="letter",
                language="zh-hans",
                body=letter.to_json(),
                state="pending",
                priority=2,
                send_after=now,
                due_at=now,
            )
            found.append(outgoing(revision, key=str(message.pk), recipient=recipient, address=address, letter=letter))
        return found

    return letters


def today():
    return timezone.localdate()


def manifest(folder, day):
    with (folder / day.isoformat() / "manifest.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def printed(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.pdf"))


def test_a_paper_letter_lies_in_the_day_s_folder_with_its_row_in_the_manifest(folder, letters):
    [alice] = letters("c1")
    day = today().isoformat()
    assert PrintFolder().send([alice]) == [Result(alice.key, Outcome.ACCEPTED, reference=f"{day}/{alice.key}.pdf")]
    content = (folder / day / f"{alice.key}.pdf").read_bytes()
    assert manifest(folder, today()) == [
        {
            "sequence": "1",
            "file": f"{alice.key}.pdf",
            "pages": "1",
            "sha256": sha256(content).hexdigest(),
            "recipient": "c1",
            "postcode": "200120",
        }
    ]
    assert content == make_letters(outgoings=[alice])[alice.key].pdf
    batch = PrintBatch.objects.get()
    assert (batch.day, batch.letters, batch.pages, batch.closed_at) == (today(), 1, 1, None)


def test_only_the_installation_s_own_user_reads_the_letters(folder, letters):
    PrintFolder().send(letters("c1"))
    day = folder / today().isoformat()
    assert stat.S_IMODE(day.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in day.iterdir()} == {0o600}


def test_a_letter_and_its_name_are_on_the_disk_before_it_counts_as_printed(tmp_path, monkeypatch):
    flushed = []

    def fsync(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        flushed.append((kind, sorted(path.name for path in (tmp_path / "day").iterdir())))

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(tmp_path / "day" / "1.pdf", b"%PDF")
    assert flushed == [("file", [f".1.pdf.{os.getpid()}"]), ("folder", ["1.pdf"])]


def test_doing_it_again_prints_nothing_twice(folder, letters):
    batch = letters("c1", "c2")
    first = PrintFolder().send(batch)
    before = manifest(folder, today())
    assert PrintFolder().send(batch) == first
    assert manifest(folder, today()) == before
    assert len(printed(folder)) == 2


def test_a_letter_of_yesterday_is_not_printed_again_today(folder, letters):
    [alice] = letters("c1")
    PrintFolder().send([alice])
    yesterday = today() - timedelta(days=1)
    (folder / today().isoformat()).rename(folder / yesterday.isoformat())
    [result] = PrintFolder().send([alice])
    assert result == Result(alice.key, Outcome.ACCEPTED, reference=f"{yesterday}/{alice.key}.pdf")
    assert printed(folder) == [f"{yesterday}/{alice.key}.pdf"]


def test_folders_from_before_a_message_are_not_searched_for_it(folder, letters):
    [alice] = letters("c1")
    for days_ago, found in ((2, False), (1, True)):
        day = today() - timedelta(days=days_ago)
        (folder / day.isoformat()).mkdir(parents=True)
        (folder / day.isoformat() / f"{alice.key}.pdf").touch()
        assert printed_on([alice.key]) == ({alice.key: day} if found else {})


def test_look_up_tells_by_the_file(folder, letters):
    alice, bob = letters("c1", "c2")
    PrintFolder().send([alice])
    assert PrintFolder().look_up([alice.key, bob.key]) == {
        alice.key: Result(alice.key, Outcome.ACCEPTED, reference=f"{today()}/{alice.key}.pdf")
    }


def test_a_letter_without_glyphs_or_address_is_refused_and_the_others_are_printed(folder, letters):
    [rare] = letters("c1", letter=replace(LETTER, addressee="𠮷"))
    [homeless] = letters("c2", address=" ")
    [fine] = letters("c3")
    results = {result.key: result for result in PrintFolder().send([rare, homeless, fine])}
    assert results[rare.key] == Result(rare.key, Outcome.PERMANENT, detail="no glyph for U+20BB7")
    assert results[homeless.key] == Result(homeless.key, Outcome.PERMANENT, detail="no postal address")
    assert results[fine.key].outcome == Outcome.ACCEPTED
    assert printed(folder) == [f"{today()}/{fine.key}.pdf"]


def test_a_folder_that_cannot_be_written_is_a_failure_for_now(folder, letters):
    folder.write_text("in the way")
    batch = letters("c1")
    [result] = PrintFolder().send(batch)
    assert result == Result(batch[0].key, Outcome.TEMPORARY, detail="print folder: NotADirectoryError 20")


def test_closing_counts_and_lists_what_the_folder_holds(folder, letters):
    PrintFolder().send(letters("c1"))
    PrintFolder().send(letters("c2", "c3"))
    batch = close_print_batch(day=today())
    assert (batch.letters, batch.pages) == (3, 3)
    assert batch.closed_at is not None
    assert [(row["sequence"], row["recipient"]) for row in manifest(folder, today())] == [
        ("1", "c1"),
        ("2", "c2"),
        ("3", "c3"),
    ]


def test_closing_twice_changes_nothing(folder, letters):
    PrintFolder().send(letters("c1"))
    first = close_print_batch(day=today())
    before = (folder / today().isoformat() / "manifest.csv").read_bytes()
    second = close_print_batch(day=today())
    assert second.closed_at == first.closed_at
    assert (folder / today().isoformat() / "manifest.csv").read_bytes() == before
    assert PrintBatch.objects.count() == 1


def test_closing_lists_a_letter_whose_worker_died_before_the_manifest(folder, letters):
    alice, bob = letters("c1", "c2")
    PrintFolder().send([alice])
    # As after SIGKILL between the file and its row:
    pdf = make_letters(outgoings=[bob])[bob.key].pdf
    (folder / today().isoformat() / f"{bob.key}.pdf").write_bytes(pdf)
    assert close_print_batch(day=today()).letters == 2
    assert [row["recipient"] for row in manifest(folder, today())] == ["c1", "c2"]


def test_a_day_without_letters_closes_with_an_empty_manifest(folder, db):
    assert close_print_batch(day=date(2026, 3, 1)).letters == 0
    assert manifest(folder, date(2026, 3, 1)) == []


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        ("2026-03-03T23:54:59+08:00", [1, 2]),
        ("2026-03-03T23:55:00+08:00", [1, 3]),
        ("2026-03-04T00:10:00+08:00", [1, 3]),
        ("2026-03-04T23:54:00+08:00", [1, 3]),
    ],
    ids=["before the day's end", "at its end", "workers slept over it", "all day"],
)
def test_days_that_have_ended_are_closed_and_no_others(folder, db, now, closed):
    """Nobody closed the 1st; the 2nd had no letters, and gets an empty manifest only where it is the last day."""
    for day in (1, 3, 4):
        PrintBatch.objects.create(day=date(2026, 3, day))
    close_ended_print_batches(now=datetime.fromisoformat(now))
    shut = PrintBatch.objects.exclude(closed_at=None).order_by("day")
    assert [batch.day.day for batch in shut] == closed
    assert close_ended_print_batches(now=datetime.fromisoformat(now)) == []


def test_a_letter_after_closing_goes_into_the_next_day_s_batch(folder, letters):
    PrintFolder().send(letters("c1"))
    close_print_batch(day=today())
    [late] = letters("c2")
    PrintFolder().send([late])
    tomorrow = today() + timedelta(days=1)
    assert printed_on([late.key]) == {late.key: tomorrow}
    assert [row["recipient"] for row in manifest(folder, today())] == ["c1"]
    assert PrintBatch.objects.get(day=tomorrow).letters == 1


@pytest.mark.django_db(transaction=True)
def test_a_letter_waits_while_the_day_is_being_closed(folder, letters):
    """Without the lock on the day's row, the letter would fall into a folder already handed over."""
    [late] = letters("c1")
    make_letters(outgoings=[late])
    sending = Event()

    def send():
        try:
            sending.set()
            return PrintFolder().send([late])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            batch = locked(today())
            future = pool.submit(send)
            sending.wait(timeout=10)
            with pytest.raises(TimeoutError):
                future.result(timeout=2)
            batch.closed_at = timezone.now()
            batch.save()
        [result] = future.result(timeout=30)
    assert result.reference == f"{today() + timedelta(days=1)}/{late.key}.pdf"


@pytest.mark.django_db(transaction=True)
def test_a_letter_that_a_slow_worker_has_just_laid_down_is_not_printed_the_next_day_too(folder, letters):
    """Its lease ran out, this worker has the message as well, and the day is closed in between."""
    [alice] = letters("c1")
    pdf = make_letters(outgoings=[alice])[alice.key].pdf
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            batch = locked(today())

            def send():
                try:
                    return PrintFolder().send([alice])
                finally:
                    connection.close()

            future = pool.submit(send)
            with pytest.raises(TimeoutError):
                future.result(timeout=2)
            write_whole(file_of(alice.key, today()), pdf)
            batch.closed_at = timezone.now()
            batch.save()
        [result] = future.result(timeout=30)
    assert result.reference == f"{today()}/{alice.key}.pdf"
    assert printed(folder) == [f"{today()}/{alice.key}.pdf"]


@pytest.mark.parametrize(
    ("line", "found"),
    [("200120", "200120"), ("上海市世纪大道100号，200120", "200120"), ("电话13812345678", None), ("12345", None)],
)
def test_a_postcode_is_six_digits_on_their_own(line, found):
    match = POSTCODE.search(line)
    assert (match and match[0]) == found
