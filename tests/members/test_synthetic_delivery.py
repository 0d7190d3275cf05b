"""A synthetic book goes in by the real doors: no row is rejected, no event refused, and the calendar has its finds."""

from io import StringIO

import pytest
from django.core.management import call_command

from members.actions.announce_calendar_events import announce_calendar_events
from members.calendar import TYPES
from members.models import Customer, Policy, PolicyEvent, PolicyRole
from members.synthetic.book import write_book
from tests.members.synthetic_books import TODAY, WrittenBook

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS = 400


@pytest.fixture
def folder(tmp_path):
    write_book(folder=tmp_path, customers=CUSTOMERS, seed=4, today=TODAY)
    return tmp_path


def run(command, path):
    """The exit status and the lines told."""
    out = StringIO()
    try:
        call_command(command, str(path), stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(end.code or 0), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def counts(line):
    return {name: int(number) for name, number in (part.split("=") for part in line.split() if "=" in part)}


def test_the_importer_takes_every_row(folder):
    book = WrittenBook(folder)
    status, lines = run("import_policy_book", folder)
    assert status == 0
    created = {line.split()[0]: counts(line)["created"] for line in lines}
    assert created == {
        "agents.csv": len(book.agents),
        "products.csv": len(book.products),
        "customers.csv": CUSTOMERS,
        "policies.csv": len(book.policies),
    }
    assert [line for line in lines if counts(line)["read"] != counts(line)["created"]] == []
    assert Customer.objects.count() == CUSTOMERS
    roles = PolicyRole.objects.filter(role="insured").count()
    assert roles == sum(len(book.insureds(policy)) for policy in book.policies)
    assert Policy.objects.get(policy_no=book.policies[0]["policy_no"]).status == book.policies[0]["status"]

    status, lines = run("import_policy_book", folder)
    assert status == 0
    assert [line for line in lines if counts(line)["read"] != counts(line)["unchanged"]] == []


def test_the_intake_takes_every_event(folder):
    run("import_policy_book", folder)
    status, lines = run("ingest_events", folder / "events.jsonl")
    assert (status, counts(lines[-1])) == (
        0,
        {"read": 2 * CUSTOMERS, "accepted": 2 * CUSTOMERS, "duplicate": 0, "conflict": 0, "rejected": 0},
    )
    # The book brings everybody that its events are about: none waits for its subject.
    assert set(PolicyEvent.objects.values_list("state", flat=True)) <= {"published", "already_announced"}
    assert PolicyEvent.objects.filter(state="published").count() > 1.9 * CUSTOMERS


def test_the_calendar_finds_each_of_its_types_on_the_books_day(folder):
    run("import_policy_book", folder)
    found = announce_calendar_events(day=TODAY)
    assert set(found.accepted) == set(TYPES)
    assert len(TYPES) == 20
    assert not found.refused
