"""Two imports at once, each with a control that shows what the lock is for; and events that wait for the book."""

import threading
from contextlib import contextmanager
from functools import partial
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.utils import translation

from members.actions import mirror_book_rows as mirroring
from members.actions.import_policy_book import import_policy_book
from members.book.delivery import BookFile
from members.models import Customer, PolicyEvent
from tests.members.book import Book, person
from tests.members.policy_log import write

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def blocked_by_another_import(book):
    """A newer row of the same customer is written, but not committed, while the body starts an import."""
    newer = Book(book.folder / "newer")
    newer.folder.mkdir()
    newer.write("customers", person("C1", name="新", updated_at="2026-06-01T00:00:00Z"))
    with transaction.atomic():
        newer.load()
        yield


def load_in_thread(book):
    def load():
        try:
            book.load()
        finally:
            connection.close()

    thread = threading.Thread(target=load)
    thread.start()
    return thread


def import_older_row_meanwhile(tmp_path):
    book = Book(tmp_path)
    book.write("customers", person("C1", name="旧", updated_at="2026-01-01T00:00:00Z"))
    with blocked_by_another_import(book):
        thread = load_in_thread(book)
        wait_until_blocked()
    thread.join(10)
    return book, Customer.objects.get().name


def wait_until_blocked():
    with connection.cursor() as cursor:
        for _ in range(2000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("the other import never had to wait")


def test_newest_row_stays_whichever_import_comes_first(tmp_path):
    book, name = import_older_row_meanwhile(tmp_path)
    assert name == "新"
    assert book.counts("customers") == {"read": 1, "stale": 1}


def test_control_without_the_lock_the_older_row_wins(tmp_path, monkeypatch):
    monkeypatch.setattr(mirroring, "lock_imports", lambda: None)
    book, name = import_older_row_meanwhile(tmp_path)
    assert name == "旧"
    assert book.counts("customers") == {"read": 1, "created": 1}


def test_two_imports_of_the_same_book_in_opposite_order_create_each_customer_once(tmp_path, monkeypatch):
    monkeypatch.setattr("members.actions.import_sheet.BATCH_ROWS", 20)
    books = []
    for name, numbers in (("up", range(200)), ("down", reversed(range(200)))):
        book = Book(tmp_path / name)
        book.folder.mkdir()
        book.write("customers", *(person(f"C{n}") for n in numbers))
        books.append(book)
    threads = [load_in_thread(book) for book in books]
    for thread in threads:
        thread.join(60)
    first, second = (book.counts("customers") for book in books)
    assert first["read"] == second["read"] == 200
    assert first.get("created", 0) + second.get("created", 0) == 200
    assert first.get("unchanged", 0) + second.get("unchanged", 0) == 200
    assert Customer.objects.count() == 200


def test_events_that_waited_for_a_policy_of_the_book_go_on(tmp_path):
    event = write(subject="P1", state="waiting_subject")
    other = write(subject="P2", state="waiting_subject")
    book = Book(tmp_path)
    book.write_family()
    book.load()
    assert set(PolicyEvent.objects.values_list("state", flat=True)) == {"waiting_subject"}
    book.write("policies", {})
    book.load()
    assert dict(PolicyEvent.objects.values_list("pk", "state")) == {event.pk: "published", other.pk: "waiting_subject"}


def import_while(change, path):
    """Imports customers.csv; `change` happens between its two readings."""
    readings = []

    def open_file():
        readings.append(path)
        if len(readings) == 2:
            change()
        return path.open("rb")

    file = BookFile(path.name, path.stat().st_size, open_file, BytesIO)
    with translation.override("en"):
        [result] = import_policy_book(files=[file], on_progress=lambda result, done: None)
    return result


def test_what_a_row_refers_to_may_come_by_another_import_while_its_file_is_read(tmp_path):
    book, other = Book(tmp_path), Book(tmp_path / "other")
    other.folder.mkdir()
    other.write("customers", person("G1"))
    book.write("customers", person("C1", guardian_no="G1"), person("C2"))
    result = import_while(other.load, tmp_path / "customers.csv")
    assert (result.refused, result.counts["created"], result.counts["rejected"]) == ("", 2, 0)
    assert Customer.objects.get(customer_no="C1").guardian.customer_no == "G1"


def test_a_file_that_changes_between_its_readings_is_refused(tmp_path):
    book = Book(tmp_path)
    book.write("customers", person("C1"), person("C2"))
    result = import_while(lambda: book.write("customers", person("C2"), person("C1")), tmp_path / "customers.csv")
    assert result.refused == "the file changed while it was being read"


def test_a_newer_row_of_a_ward_is_not_given_the_guardian_of_an_older_one(tmp_path):
    book, newer = Book(tmp_path), Book(tmp_path / "newer")
    newer.folder.mkdir()
    newer.write("customers", person("W1", updated_at="2026-06-01T00:00:00Z"))
    book.write("customers", person("W1", guardian_no="G1"), person("G1"))
    path = tmp_path / "customers.csv"
    file = BookFile(path.name, path.stat().st_size, partial(path.open, "rb"), BytesIO)
    loaded = []

    def load_newer(result, done_bytes):
        """Once the rows are in, before wards are joined to guardians further down."""
        if result.read and not loaded:
            loaded.append(newer.load())

    [result] = import_policy_book(files=[file], on_progress=load_newer)
    assert (result.counts["created"], newer.counts("customers")) == (2, {"read": 1, "unchanged": 1})
    assert Customer.objects.get(customer_no="W1").guardian is None
