"""`manage.py make_policy_book`."""

import json
import subprocess
import sys
from datetime import date
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from members.synthetic.book import FILES, write_book

TODAY = date(2026, 11, 23)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make(folder, **options):
    out = StringIO()
    call_command("make_policy_book", str(folder), stdout=out, **({"today": TODAY} | options))
    return out.getvalue().splitlines()


def test_it_writes_five_files_and_says_how_much(tmp_path):
    lines = make(tmp_path, customers=40)
    assert sorted(contents(tmp_path)) == sorted(FILES)
    counts = {name: len((tmp_path / name).read_text(encoding="utf-8").splitlines()) for name in FILES}
    assert lines == [f"{name} written={counts[name] - name.endswith('.csv')}" for name in FILES]
    assert counts["customers.csv"] == 41


def test_the_same_seed_and_day_give_the_same_bytes(tmp_path):
    for name, options in {
        "one": {},
        "two": {},
        "other seed": {"seed": 2},
        "other day": {"today": date(2026, 11, 24)},
    }.items():
        make(tmp_path / name, customers=60, **options)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    for other in ("other seed", "other day"):
        for name in ("customers.csv", "policies.csv", "events.jsonl"):
            assert contents(tmp_path / other)[name] != contents(tmp_path / "one")[name]


def test_another_process_writes_the_same_bytes(tmp_path):
    make(tmp_path / "here", customers=60)
    command = [sys.executable, "manage.py", "make_policy_book", str(tmp_path / "there")]
    command += ["--customers", "60", "--today", "2026-11-23"]
    done = subprocess.run(command, cwd=settings.ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_a_new_book_replaces_an_old_one(tmp_path):
    make(tmp_path, customers=60)
    make(tmp_path, customers=20)
    assert len((tmp_path / "customers.csv").read_text(encoding="utf-8").splitlines()) == 21


@pytest.mark.parametrize("customers", [1, 2, 7, 20])
def test_the_smallest_books_have_all_types_too(tmp_path, customers):
    make(tmp_path, customers=customers)
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len({event["type"] for event in events}) == len(events) == 152
    assert len((tmp_path / "customers.csv").read_text(encoding="utf-8").splitlines()) == customers + 1


def test_the_number_of_events_can_be_asked_for(tmp_path):
    assert make(tmp_path, customers=100, events=1234)[-1] == "events.jsonl written=1234"


@pytest.mark.parametrize(
    ("options", "told"), [({"customers": 0}, "at least 1 customer"), ({"events": 151}, "152 events")]
)
def test_too_few_are_refused(tmp_path, options, told):
    with pytest.raises(CommandError, match=told):
        make(tmp_path / "book", **options)
    assert not (tmp_path / "book").exists()


@pytest.mark.parametrize("today", [date(1998, 1, 1), date(9999, 12, 31)])
def test_a_day_too_far_away_is_refused(tmp_path, today):
    with pytest.raises(CommandError, match="must lie between 2020-01-01 and 2099-12-31"):
        make(tmp_path / "book", today=today)


def test_a_folder_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="file"):
        make(tmp_path / "file", customers=5)


def test_an_interrupted_book_leaves_the_old_one_whole(tmp_path):
    make(tmp_path, customers=20)
    before = contents(tmp_path)

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_book(folder=tmp_path, customers=50, seed=9, today=TODAY, on_progress=stop)
    assert contents(tmp_path) == before


def test_progress_goes_up_to_all_customers(tmp_path):
    told = []
    write_book(folder=tmp_path, customers=50, seed=1, today=TODAY, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 50
