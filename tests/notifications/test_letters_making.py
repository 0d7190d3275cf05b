import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from notifications.actions import make_letters as making
from notifications.actions.make_letters import Made, Refused, make_letters
from notifications.letters import signing
from notifications.models import Letter, Template
from tests.notifications.letter_samples import LETTER, archive_in, outgoing

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def archive(settings, tmp_path):
    return archive_in(settings, tmp_path)


@pytest.fixture
def revision(premium_due):
    return Template.objects.get(channel="letter").live_revision_id


def files(archive):
    return [file for file in archive.rglob("*") if file.is_file()]


def test_a_letter_is_archived_with_its_hash_pages_and_text_s_revision(archive, revision):
    made = make_letters(outgoings=[outgoing(revision, key="7", cause="policy:5", recipient="c9")])
    letter = Letter.objects.get()
    assert (letter.cause, letter.recipient, letter.template_revision_id, letter.pages) == (
        "policy:5",
        "c9",
        revision,
        1,
    )
    assert letter.sha256 == sha256(made["7"].pdf).hexdigest()
    with letter.document.open() as file:
        assert file.read() == made["7"].pdf


def test_a_letter_is_sealed_on_disk(archive, revision):
    make_letters(outgoings=[outgoing(revision)])
    [file] = files(archive)
    assert b"%PDF" not in file.read_bytes()


def test_a_signing_key_that_cannot_be_read_is_named_and_passes(archive, revision, settings):
    """It is the installation's fault, not the letter's: once it is mended, the letter is made."""
    settings.LETTER_SIGNING_KEY = str(archive / "missing.p12")
    signing.identity.cache_clear()
    try:
        refused = make_letters(outgoings=[outgoing(revision)])["1"]
    finally:
        signing.identity.cache_clear()
    assert (refused.passing, files(archive), Letter.objects.count()) == (True, [], 0)
    assert "missing.p12" in refused.reason
    settings.LETTER_SIGNING_KEY = ""
    assert isinstance(make_letters(outgoings=[outgoing(revision)])["1"], Made)


def test_the_e_letter_and_its_paper_twin_are_one_document(archive, revision):
    by_mail = make_letters(outgoings=[outgoing(revision, key="1", address="wang@example.com")])
    on_paper = make_letters(outgoings=[outgoing(revision, key="2", address="上海市世纪大道100号")])
    assert on_paper["2"].pdf == by_mail["1"].pdf
    assert Letter.objects.count() == 1
    assert len(files(archive)) == 1


def test_twins_in_one_batch_are_one_document(archive, revision):
    made = make_letters(outgoings=[outgoing(revision, key="1"), outgoing(revision, key="2")])
    assert made["1"].pdf == made["2"].pdf
    assert len(files(archive)) == 1


def test_every_person_and_every_cause_gets_a_letter_of_its_own(archive, revision):
    batch = [
        outgoing(revision, key=f"{cause}{recipient}", cause=cause, recipient=recipient)
        for cause in ("policy:1", "policy:2")
        for recipient in ("c1", "c2")
    ]
    assert len({made.pdf for made in make_letters(outgoings=batch).values()}) == 4
    assert Letter.objects.count() == 4


def test_a_letter_that_cannot_be_printed_refuses_only_itself(archive, revision):
    rare = replace(LETTER, addressee="𠮷野")
    made = make_letters(
        outgoings=[
            outgoing(revision, key="1", recipient="c1", letter=rare),
            replace(outgoing(revision, key="2", recipient="c2"), body="not JSON"),
            outgoing(None, key="3", recipient="c3"),
            outgoing(revision, key="4", recipient="c4"),
        ]
    )
    assert made["1"] == Refused("no glyph for U+20BB7")
    assert made["2"] == made["3"] == Refused("the text is not that of a letter")
    assert isinstance(made["4"], Made)
    assert Letter.objects.get().recipient == "c4"
    assert len(files(archive)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_make_the_same_letter_at_once_end_with_one(archive, revision, monkeypatch):
    meeting = Barrier(2)
    written = []
    new_letter = making.new_letter

    def both_before_either_inserts(outgoing):
        letter = new_letter(outgoing)
        written.append(letter[0].document.name)
        meeting.wait(timeout=30)
        return letter

    def work(key):
        try:
            return make_letters(outgoings=[outgoing(revision, key=key)])[key]
        finally:
            connection.close()

    monkeypatch.setattr(making, "new_letter", both_before_either_inserts)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(work, ["1", "2"])
    assert len(set(written)) == 2  # the race did happen
    assert one.pdf == other.pdf
    letter = Letter.objects.get()
    assert letter.sha256 == sha256(one.pdf).hexdigest()
    assert len(files(archive)) == 1


KILLED = """
import os, signal, sys
import django
django.setup()
from notifications.actions.make_letters import make_letters
from notifications.models import Letter
from tests.notifications.letter_samples import outgoing
Letter.objects.bulk_create = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
make_letters(outgoings=[outgoing(int(sys.argv[1]))])
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_before_the_row_leaves_a_sealed_file_and_the_next_one_makes_the_letter(
    archive, revision, tmp_path
):
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(revision)],
        env={**os.environ, "DATABASE_URL": database, "BANYAN_VAR": str(tmp_path)},
        cwd=ROOT,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not Letter.objects.exists()
    [orphan] = files(archive)
    assert b"%PDF" not in orphan.read_bytes()
    made = make_letters(outgoings=[outgoing(revision)])["1"]
    assert Letter.objects.get().sha256 == sha256(made.pdf).hexdigest()
