"""The chain over what was booked notices whatever is done past the triggers."""

from datetime import timedelta
from io import StringIO

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from points.actions import seal_postings as sealing
from points.actions.end_hold import capture_hold
from points.actions.open_hold import open_hold
from points.actions.seal_postings import BLOCK, seal_postings
from points.actions.spend import spend
from points.auditing import LedgerDiffers, audit
from points.models import Account, Entry, Lot, Posting, Seal, System, SystemTotal
from points.queries import system_totals
from points.sealing import ChainBroken, verify
from tests.factories import MemberFactory
from tests.points.test_ledger_at_once import one_after_the_other


@pytest.fixture
def booked(alice, earn):
    """Two blocks, and a posting that waits."""
    earn(alice, 100)
    spend(member_id=alice.pk, points=30, scope="t", key="a", reason="test")
    assert seal_postings() == 2
    earn(alice, 50)
    assert seal_postings() == 1
    earn(alice, 7)
    return alice


def check() -> str:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    return out.getvalue()


def tamper(statement: str) -> None:
    """As somebody does who owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("posting", "entry", "lot", "lotuse", "seal"):
            cursor.execute(f"ALTER TABLE points_{table} DISABLE TRIGGER USER")
        cursor.execute(statement)


def broken(**options: object) -> str:
    with pytest.raises(ChainBroken) as found:
        list(verify(**options))
    return f"{found.value.broken.number}: {found.value.broken.why}"


def test_it_holds(booked):
    assert "All 2 blocks with 3 postings hold; 1 postings wait" in check()
    assert seal_postings() == 1
    assert seal_postings() == 0
    assert [seal.number for seal in verify()] == [1, 2, 3]


@pytest.fixture
def lost(db):
    """What was done past the triggers is not asked by the fixture that audits in the end."""
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE points_entry SET amount = amount * 2 WHERE id = (SELECT min(id) FROM points_entry)", "has changed"),
        ("UPDATE points_posting SET reason = 'other' WHERE key = 'a'", "has changed"),
        ("UPDATE points_lot SET expires_at = expires_at + interval '1 year'", "has changed"),
        ("UPDATE points_lotuse SET points = 29", "has changed"),
        (
            "INSERT INTO points_lotuse (posting_id, lot_id, points) SELECT posting_id, lot_id, 1 FROM points_lotuse",
            "has",
        ),
        ("UPDATE points_posting SET seal_id = NULL WHERE key = 'a'", "closed over 2 postings and has 1"),
        ("UPDATE points_seal SET previous_hash = hash WHERE number = 2", "does not continue"),
        ("UPDATE points_posting SET seal_id = (SELECT id FROM points_seal WHERE number = 1)", "and has 4"),
    ],
)
def test_what_was_changed_shows(booked, lost, statement, why):
    tamper(statement)
    assert why in broken()
    with pytest.raises(CommandError, match=why):
        check()


def test_block_that_was_taken_out_shows(booked, lost):
    with pgtrigger.ignore():
        Posting.objects.filter(seal__number=1).update(seal=None)
        Seal.objects.filter(number=1).delete()
    assert broken() == "1: it is missing"


def test_block_that_was_taken_off_the_end_shows_by_what_was_written_down(booked, lost):
    last = Seal.objects.get(number=2)
    said = (2, bytes(last.hash).hex())
    assert len(list(verify(expected=said))) == 2
    with pgtrigger.ignore():
        Posting.objects.filter(seal=last).update(seal=None)
        last.delete()
    assert len(list(verify())) == 1
    assert "not the one that was written down" in broken(expected=said)


def test_what_is_not_sealed_yet_may_wait_for_a_slow_transaction(booked):
    """The one with the lowest number comes last: it is sealed all the same."""
    low = Posting.objects.filter(seal=None).get()
    assert seal_postings() == 1
    low.refresh_from_db()
    assert low.seal.number == 3
    check()


def test_large_blocks_are_split(alice, earn, monkeypatch):
    monkeypatch.setattr("points.actions.seal_postings.BLOCK", 2)
    for _ in range(5):
        earn(alice, 1)
    assert seal_postings() == 5
    assert list(Seal.objects.order_by("number").values_list("postings_count", flat=True)) == [2, 2, 1]
    assert BLOCK > 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_one_at_a_time_continues_the_chain(earn, monkeypatch, locked):
    earn(MemberFactory(), 5)

    def seal() -> int:
        if not locked:
            monkeypatch.setattr(sealing, "LOCK", sealing.LOCK + 1)
        return seal_postings()

    outcome = one_after_the_other(seal_postings, seal)
    assert outcome == 0 if locked else isinstance(outcome, IntegrityError)
    assert [seal.postings_count for seal in verify()] == [1]


def test_auditor_compares_what_a_hold_took_with_its_parts(booked, lost):
    until = timezone.now() + timedelta(days=1)
    hold = open_hold(member_id=booked.pk, points=10, scope="t", key="h", reason="test", expires_at=until)
    capture_hold(hold_id=hold.pk)
    audit()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_holdpart DISABLE TRIGGER USER")
        cursor.execute("UPDATE points_holdpart SET lot_id = (SELECT max(id) FROM points_lot)")
    with pytest.raises(LedgerDiffers) as found:
        audit()
    assert "a hold's lots" in found.value.difference.what
    assert (found.value.difference.written, found.value.difference.reckoned) == (10, 0)


def test_totals_of_the_insurers_accounts(booked):
    by_hand = dict.fromkeys(System, 0)
    for system, amount in Entry.objects.filter(system__isnull=False).values_list("system", "amount"):
        by_hand[system] += amount
    assert system_totals() == by_hand
    assert by_hand[System.ISSUANCE] == -157
    assert sum(SystemTotal.objects.values_list("points", flat=True)) == -120
    seal_postings()
    assert system_totals() == by_hand


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE points_account SET balance = balance + 1", "account.balance and its entries"),
        ("UPDATE points_lot SET remaining = remaining - 1", "account.balance and its lots"),
        ("UPDATE points_lot SET held = 1 WHERE id = (SELECT min(id) FROM points_lot)", "lot.held"),
        ("UPDATE points_account SET held = 1", "account.held and its lots"),
        ("UPDATE points_entry SET balance_after = balance_after + 1 WHERE account_id IS NOT NULL", "balance_after"),
        ("UPDATE points_entry SET amount = amount + 1 WHERE system IS NOT NULL", "and zero"),
        ("UPDATE points_systemtotal SET points = points + 1", "totals of the insurer"),
        ("DELETE FROM points_lotuse", "lot.remaining and its uses"),
    ],
)
def test_auditor_names_the_first_difference(booked, lost, statement, what):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("account", "entry", "lot", "lotuse"):
            cursor.execute(f"ALTER TABLE points_{table} DISABLE TRIGGER USER")
        cursor.execute(statement)
    with pytest.raises(LedgerDiffers) as found:
        audit()
    assert what in found.value.difference.what
    with pytest.raises(CommandError, match=r"differ at row|has changed"):
        check()
    assert Account.objects.exists()
    assert Lot.objects.exists()
