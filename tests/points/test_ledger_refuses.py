"""The database itself keeps the ledger right, whoever writes: what somebody at psql might try."""

# ruff: noqa: PT012 several statements together are what is refused

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from members.models import Member
from points.models import Account, Entry, Hold, HoldPart, Lot, LotUse, Posting, Seal, System

TABLES = [Account, Entry, Hold, HoldPart, Lot, LotUse, Posting, Seal]


def open_account(member: Member, kind: str = "points") -> Account:
    return Account.objects.create(member=member, kind=kind)


def new_posting(key: str = "1", kind: str = "accrue") -> Posting:
    return Posting.objects.create(
        scope="test", key=key, request_hash=b"-" * 32, kind=kind, reason="test", occurred_at=timezone.now()
    )


def new_lot(posting: Posting, account: Account, points: int, **other: object) -> Lot:
    fields = {"remaining": points, **lot_dates()} | other
    return Lot.objects.create(posting=posting, account=account, points=points, **fields)


def lot_dates() -> dict[str, object]:
    now = timezone.now()
    return {"available_at": now, "expires_at": now + timedelta(days=365)}


def book(posting: Posting, account: Account, points: int, *, after: int, against: int | None = None) -> None:
    """The two entries of a posting, in one statement."""
    insurers = Entry(posting=posting, system=System.ISSUANCE, amount=-points if against is None else against)
    Entry.objects.bulk_create([Entry(posting=posting, account=account, amount=points, balance_after=after), insurers])


def accrue(account: Account, points: int = 100, key: str = "1") -> Lot:
    posting = new_posting(key)
    account.refresh_from_db()
    lot = new_lot(posting, account, points)
    book(posting, account, points, after=account.balance + points)
    settle()
    return lot


def settle() -> None:
    """What a commit would check, now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def refused(statement: str = "", *values: object) -> str:
    """What the database says of `statement`; that it says nothing fails the test."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
        settle()
    return str(refusal.value)


def standing(account: Account) -> tuple[int, int]:
    account.refresh_from_db()
    return account.balance, account.held


def test_it_works(alice):
    account = open_account(alice)
    lot = accrue(account)
    assert standing(account) == (100, 0)
    spend = new_posting("2", "redeem")
    LotUse.objects.create(posting=spend, lot=lot, points=30)
    book(spend, account, -30, after=70)
    settle()
    lot.refresh_from_db()
    assert (lot.remaining, standing(account)) == (70, (70, 0))


@pytest.mark.parametrize(
    "change", ["balance = 1000", "held = 5", "balance = balance - 1", "member_id = member_id", "kind = 'debt'"]
)
def test_account_is_not_written_by_hand(alice, change):
    account = open_account(alice)
    accrue(account)
    assert "by entries and holds alone" in refused(f"UPDATE points_account SET {change}")
    assert standing(account) == (100, 0)


@pytest.mark.parametrize("change", ["remaining = 100", "held = 1", "expires_at = expires_at + interval '1 year'"])
def test_lot_is_not_written_by_hand(alice, change):
    lot = accrue(open_account(alice))
    assert "Cannot update" in (said := refused(f"UPDATE points_lot SET {change}")) or "by uses and holds alone" in said
    assert Lot.objects.get() == lot


@pytest.mark.parametrize("model", [Posting, Entry, LotUse, HoldPart, Hold, Lot, Account])
def test_nothing_is_deleted(alice, model):
    lot = accrue(open_account(alice))
    hold_points(lot, 10)
    spend = new_posting("2", "redeem")
    LotUse.objects.create(posting=spend, lot=lot, points=30)
    book(spend, lot.account, -30, after=70)
    settle()
    assert model.objects.exists()
    assert "delete rows from" in refused(f"DELETE FROM {model._meta.db_table}")


@pytest.mark.parametrize("model", [Posting, Entry, LotUse, HoldPart])
def test_nothing_that_was_booked_changes(alice, model):
    lot = accrue(open_account(alice))
    hold_points(lot, 10)
    spend = new_posting("2", "redeem")
    LotUse.objects.create(posting=spend, lot=lot, points=30)
    book(spend, lot.account, -30, after=70)
    settle()
    column = {Posting: "key = 'another'", Entry: "amount = amount * 2"}.get(model, "points = points + 1")
    assert "Cannot update" in refused(f"UPDATE {model._meta.db_table} SET {column}")


@pytest.mark.parametrize("model", TABLES)
def test_no_table_is_emptied(db, model):
    assert "is never emptied" in refused(f"TRUNCATE {model._meta.db_table} CASCADE")


@pytest.mark.parametrize("against", [-99, -101, 100])
def test_entries_sum_to_zero(alice, against):
    account = open_account(alice)
    with pytest.raises(DatabaseError, match="do not sum to zero"), transaction.atomic():
        posting = new_posting()
        new_lot(posting, account, 100)
        book(posting, account, 100, after=100, against=against)
        settle()
    assert standing(account) == (0, 0)


def test_posting_without_entries_is_none(db):
    with pytest.raises(DatabaseError, match="has no entries"), transaction.atomic():
        new_posting()
        settle()


def test_points_without_a_lot_are_none(alice):
    account = open_account(alice)
    with pytest.raises(DatabaseError, match="moves other points than its lots do"), transaction.atomic():
        book(new_posting(), account, 100, after=100)
        settle()


def test_lot_of_other_points_than_the_entry(alice):
    account = open_account(alice)
    with pytest.raises(DatabaseError, match="moves other points than its lots do"), transaction.atomic():
        posting = new_posting()
        new_lot(posting, account, 101)
        book(posting, account, 100, after=100)
        settle()


def test_lot_of_somebody_else_is_not_used(alice, bob):
    lot, account = accrue(open_account(alice)), open_account(bob)
    accrue(account, key="bob")
    with pytest.raises(DatabaseError, match="moves other points than its lots do"), transaction.atomic():
        spend = new_posting("2", "redeem")
        LotUse.objects.create(posting=spend, lot=lot, points=30)
        book(spend, account, -30, after=70)
        settle()


def test_entries_of_a_posting_come_together(alice):
    account = open_account(alice)
    posting = new_posting()
    new_lot(posting, account, 100)
    with pytest.raises(DatabaseError, match="do not sum to zero"), transaction.atomic():
        Entry.objects.create(posting=posting, account=account, amount=100, balance_after=100)
    book(posting, account, 100, after=100)
    settle()


def test_balance_after_is_the_balance(alice):
    account = open_account(alice)
    with pytest.raises(DatabaseError, match="balance_after is not the balance"), transaction.atomic():
        posting = new_posting()
        new_lot(posting, account, 100)
        book(posting, account, 100, after=99)


def test_so_is_every_one_of_a_statement(alice):
    account = open_account(alice)
    with pytest.raises(DatabaseError, match="balance_after is not the balance"), transaction.atomic():
        postings = [new_posting("1"), new_posting("2")]
        for posting in postings:
            new_lot(posting, account, 100)
        Entry.objects.bulk_create(
            Entry(posting=posting, account=side, system=system, amount=amount, balance_after=after)
            for posting, middle in zip(postings, (101, 200), strict=True)
            for side, system, amount, after in (
                (account, None, 100, middle),
                (None, System.ISSUANCE, -100, None),
            )
        )


def test_entries_are_numbered_in_the_order_of_balances(alice):
    """Nobody gives them their ids: of two in one statement, the second could come first."""
    account = open_account(alice)
    with pytest.raises(DatabaseError, match='non-DEFAULT value into column "id"'), transaction.atomic():
        posting = new_posting()
        new_lot(posting, account, 100)
        Entry.objects.bulk_create(
            [
                Entry(pk=1_000_002, posting=posting, account=account, amount=60, balance_after=60),
                Entry(pk=1_000_001, posting=posting, account=account, amount=40, balance_after=100),
                Entry(pk=1_000_003, posting=posting, system=System.ISSUANCE, amount=-100),
            ]
        )


@pytest.mark.parametrize("days", [-400, 1])
@pytest.mark.parametrize("side", ["member's", "insurer's"])
def test_entry_is_booked_now(alice, days, side):
    account, at = open_account(alice), timezone.now() + timedelta(days=days)
    with pytest.raises(DatabaseError, match="not booked now"), transaction.atomic():
        posting = new_posting()
        new_lot(posting, account, 100)
        mine = Entry(posting=posting, account=account, amount=100, balance_after=100)
        insurers = Entry(posting=posting, system=System.ISSUANCE, amount=-100)
        (mine if side == "member's" else insurers).posted_at = at
        Entry.objects.bulk_create([mine, insurers])


def test_no_more_is_spent_than_is_there(alice):
    account = open_account(alice)
    lot = accrue(account)
    with pytest.raises(DatabaseError, match="points_lot_never_overspent"), transaction.atomic():
        LotUse.objects.create(posting=new_posting("2", "redeem"), lot=lot, points=101)


def test_debt_is_owed_and_never_spent(alice):
    account = open_account(alice, "debt")
    with pytest.raises(DatabaseError, match="points_account_never_overdrawn"), transaction.atomic():
        book(new_posting(), account, 1, after=1)
    book(new_posting(), account, -1, after=-1)
    settle()
    assert standing(account) == (-1, 0)


def test_key_is_booked_once(alice):
    accrue(open_account(alice))
    with pytest.raises(DatabaseError, match="points_posting_once"), transaction.atomic():
        new_posting()


def test_posting_is_reversed_once(alice):
    account = open_account(alice)
    lot = accrue(account)
    accrue(account, key="2")
    first = Posting.objects.get(key="1")
    again = {"scope": "test", "request_hash": b"-" * 32, "reason": "test", "kind": "reverse", "undoes": first}
    reversal = Posting.objects.create(**again, key="a", occurred_at=timezone.now())
    LotUse.objects.create(posting=reversal, lot=lot, points=100)
    book(reversal, account, -100, after=100)
    settle()
    with pytest.raises(DatabaseError, match="points_posting_reversed_once"), transaction.atomic():
        Posting.objects.create(**again, key="b", occurred_at=timezone.now())


def test_posting_that_was_booked_takes_nothing_more(alice):
    account = open_account(alice)
    lot = accrue(account)
    hold = hold_points(lot, 10)
    posting = Posting.objects.get()
    more = "a posting that was booked takes nothing more"
    assert more in refused(
        "INSERT INTO points_entry (posting_id, system, amount) VALUES (%s, 1, 5), (%s, 2, -5)", posting.pk, posting.pk
    )
    assert more in refused(
        "INSERT INTO points_lotuse (posting_id, lot_id, points) VALUES (%s, %s, 5)", posting.pk, lot.pk
    )
    assert more in refused(
        "UPDATE points_hold SET state = 'captured', captured = 10, ended_at = now(), posting_id = %s WHERE id = %s",
        posting.pk,
        hold.pk,
    )
    with pytest.raises(DatabaseError, match=more), transaction.atomic():
        new_lot(posting, account, 5)
    assert standing(account) == (100, 10)


def test_what_a_row_rests_on_comes_before_it(alice):
    """Or triggers would count what is not there yet."""
    account = open_account(alice)
    lot = accrue(account)
    none = lot.pk + 1000
    posting = new_posting("2", "redeem")
    for statement, *values in (
        ("INSERT INTO points_lotuse (posting_id, lot_id, points) VALUES (%s, %s, 5)", posting.pk, none),
        ("INSERT INTO points_holdpart (hold_id, lot_id, points) VALUES (%s, %s, 5)", none, lot.pk),
        ("INSERT INTO points_entry (posting_id, system, amount) VALUES (%s, 1, 5), (%s, 2, -5)", none, none),
    ):
        with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)  # at once, not at the commit
    with pytest.raises(IntegrityError, match="foreign key"), transaction.atomic():
        Lot.objects.bulk_create([Lot(posting_id=none, account=account, points=5, remaining=5, **lot_dates())])
    transaction.set_rollback(True)


def test_booked_posting_without_lots_takes_nothing_more_either(alice):
    debt = open_account(alice, "debt")
    posting = new_posting()
    book(posting, debt, -5, after=-5)
    assert "takes nothing more" in refused(
        "INSERT INTO points_entry (posting_id, system, amount) VALUES (%s, 1, 5), (%s, 2, -5)", posting.pk, posting.pk
    )


@pytest.mark.parametrize("other", [{"remaining": 4}, {"held": 1}])
def test_lot_begins_whole(alice, other):
    account, posting = open_account(alice), new_posting()
    with pytest.raises(DatabaseError, match="begins whole"), transaction.atomic():
        new_lot(posting, account, 5, **other)
    transaction.set_rollback(True)


def test_hold_says_what_was_taken(alice):
    account = open_account(alice)
    lot = accrue(account)
    hold = hold_points(lot, 60)
    with pytest.raises(DatabaseError, match="other points than were taken"), transaction.atomic():
        capture = new_posting("c", "redeem")
        hold.state, hold.captured, hold.posting, hold.ended_at = Hold.State.CAPTURED, 60, capture, timezone.now()
        hold.save()
        LotUse.objects.create(posting=capture, lot=lot, points=50)
        book(capture, account, -50, after=50)
        settle()


@pytest.mark.parametrize("whose", ["alice", "bob"])
def test_hold_takes_its_own_lots(alice, bob, whose):
    """Of another lot of the member's, or of somebody else's altogether."""
    lot = accrue(open_account(alice))
    hold = hold_points(lot, 60)
    other = accrue(lot.account if whose == "alice" else open_account(bob), key="other")
    with pytest.raises(DatabaseError, match="other points than were taken"), transaction.atomic():
        capture = new_posting("c", "redeem")
        hold.state, hold.captured, hold.posting, hold.ended_at = Hold.State.CAPTURED, 60, capture, timezone.now()
        hold.save()
        LotUse.objects.create(posting=capture, lot=other, points=60)
        other.account.refresh_from_db()
        book(capture, other.account, -60, after=other.account.balance - 60)
        settle()


def test_no_more_is_refunded_than_was_redeemed(alice):
    account = open_account(alice)
    lot, other = accrue(account), accrue(account, key="2")
    assert other.points == 100
    spend = new_posting("spend", "redeem")
    LotUse.objects.create(posting=spend, lot=lot, points=30)
    book(spend, account, -30, after=170)
    settle()

    def give_back(points: int, key: str) -> None:
        back = Posting.objects.create(
            scope="test",
            key=key,
            request_hash=b"-" * 32,
            kind="refund",
            reason="test",
            occurred_at=timezone.now(),
            undoes=spend,
        )
        account.refresh_from_db()
        LotUse.objects.create(posting=back, lot=lot, points=-points)
        book(back, account, points, after=account.balance + points)
        settle()

    give_back(20, "a")
    LotUse.objects.create(posting=(more := new_posting("more", "redeem")), lot=lot, points=50)
    book(more, account, -50, after=140)
    with pytest.raises(DatabaseError, match="more is given back than was taken"), transaction.atomic():
        give_back(11, "b")
    give_back(10, "c")


@pytest.mark.parametrize(("kind", "undoes"), [("reverse", False), ("refund", False), ("accrue", True)])
def test_what_undoes_names_what_it_undoes_and_nothing_else_does(alice, kind, undoes):
    accrue(open_account(alice))
    with pytest.raises(DatabaseError, match="points_posting_undoes_another"), transaction.atomic():
        Posting.objects.create(
            scope="test",
            key="undo",
            request_hash=b"-" * 32,
            kind=kind,
            reason="test",
            occurred_at=timezone.now(),
            undoes=Posting.objects.get() if undoes else None,
        )


def new_seal(number: int, **other: object) -> Seal:
    fields = {"postings_count": 1, "previous_hash": bytes(32) if number == 1 else b"-" * 32} | other
    return Seal.objects.create(number=number, hash=b"-" * 32, **fields)


def test_seal_is_set_once(bob):
    account = open_account(bob)
    accrue(account)
    seal, other = new_seal(1), new_seal(2)
    Posting.objects.update(seal=seal)
    accrue_sealed = new_posting("2")
    new_lot(accrue_sealed, account, 100)
    book(accrue_sealed, account, 100, after=200)
    Posting.objects.filter(pk=accrue_sealed.pk).update(seal=other)
    settle()
    assert "Cannot update" in refused("UPDATE points_posting SET seal_id = %s", other.pk)
    assert "Cannot update" in refused("UPDATE points_posting SET seal_id = NULL")
    assert Posting.objects.get(key="1").seal == seal


def test_block_that_was_closed_takes_nothing_more(bob):
    account = open_account(bob)
    accrue(account)
    seal = new_seal(1)
    Posting.objects.update(seal=seal)
    accrue(account, key="2")
    assert "takes nothing more" in refused("UPDATE points_posting SET seal_id = %s WHERE seal_id IS NULL", seal.pk)
    with pytest.raises(DatabaseError, match="not sealed by a block"), transaction.atomic():
        Posting.objects.create(
            scope="test",
            key="3",
            request_hash=b"-" * 32,
            kind="accrue",
            reason="test",
            occurred_at=timezone.now(),
            seal=seal,
        )
        settle()


@pytest.mark.parametrize(
    ("number", "other", "said"),
    [
        (1, {"previous_hash": b"-" * 32}, "does not continue"),
        (2, {"previous_hash": bytes(32)}, "does not continue"),
        (3, {}, "does not continue"),
        (1, {"postings_count": 2}, "other postings than it says"),
    ],
)
def test_seal_continues_the_chain_and_has_its_postings(bob, number, other, said):
    account = open_account(bob)
    accrue(account)
    if number > 1:
        Posting.objects.update(seal=new_seal(1))
        accrue(account, key="2")
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        Posting.objects.filter(seal=None).update(seal=new_seal(number, **other))
        settle()


def hold_points(lot: Lot, points: int, **other: object) -> Hold:
    fields = {"scope": "test", "key": "h", "request_hash": b"-" * 32, "reason": "test"} | other
    hold = Hold.objects.create(
        account=lot.account, points=points, expires_at=timezone.now() + timedelta(hours=1), **fields
    )
    HoldPart.objects.create(hold=hold, lot=lot, points=points)
    return hold


def test_hold_sets_points_aside_and_lets_them_go(alice):
    account = open_account(alice)
    lot = accrue(account)
    hold = hold_points(lot, 60)
    settle()
    lot.refresh_from_db()
    assert (lot.held, standing(account)) == (60, (100, 60))
    hold.state, hold.ended_at = Hold.State.VOIDED, timezone.now()
    hold.save()
    lot.refresh_from_db()
    assert (lot.held, standing(account)) == (0, (100, 0))
    assert "Cannot update" in refused("UPDATE points_hold SET state = 'timed_out'")


def test_points_that_are_held_are_not_held_again_nor_spent(alice):
    account = open_account(alice)
    lot = accrue(account)
    hold_points(lot, 60)
    with pytest.raises(DatabaseError, match="points_lot_never_overspent"), transaction.atomic():
        hold_points(lot, 41, key="again")
    with pytest.raises(DatabaseError, match="points_lot_never_overspent"), transaction.atomic():
        LotUse.objects.create(posting=new_posting("2", "redeem"), lot=lot, points=41)


def test_hold_keeps_what_it_says(alice):
    account = open_account(alice)
    lot, other = accrue(account), accrue(account, key="2")
    hold = hold_points(lot, 60)
    settle()
    with pytest.raises(DatabaseError, match="keeps no more than it says"), transaction.atomic():
        HoldPart.objects.create(hold=hold, lot=other, points=1)
    with pytest.raises(DatabaseError, match="keeps other points than it says"), transaction.atomic():
        Hold.objects.create(
            account=account,
            points=5,
            scope="test",
            key="without parts",
            request_hash=b"-" * 32,
            reason="test",
            expires_at=timezone.now() + timedelta(hours=1),
        )
        settle()
    assert standing(account) == (200, 60)


def test_hold_keeps_lots_of_its_own_account(alice, bob):
    lot = accrue(open_account(alice))
    stranger = accrue(open_account(bob), key="bob")
    with pytest.raises(DatabaseError, match=r"of its own account|never_overdrawn"), transaction.atomic():
        hold = Hold.objects.create(
            account=lot.account,
            points=5,
            scope="test",
            key="h",
            request_hash=b"-" * 32,
            reason="test",
            expires_at=timezone.now() + timedelta(hours=1),
        )
        HoldPart.objects.create(hold=hold, lot=stranger, points=5)


@pytest.mark.parametrize(
    ("points", "said"), [(0, "points_lot_has_points|usable"), (-5, "points_lot"), (2**63, "bigint|out of range")]
)
def test_impossible_lots(alice, points, said):
    account = open_account(alice)
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        new_lot(new_posting(), account, points)


def test_entry_moves_points_on_exactly_one_account(alice):
    account = open_account(alice)
    with pytest.raises(DatabaseError, match="points_entry_moves_points"), transaction.atomic():
        Entry.objects.create(posting=new_posting(), system=System.ISSUANCE, amount=0)
    with pytest.raises(DatabaseError, match="points_entry_on_one_account"), transaction.atomic():
        Entry.objects.create(posting=new_posting(), account=account, system=System.ISSUANCE, amount=5, balance_after=5)


def test_the_whole_database_is_not_flushed(db):
    """`manage.py flush` on a live installation would be the shortest way to lose everybody's points."""
    with pytest.raises(CommandError), transaction.atomic():
        call_command("flush", interactive=False, verbosity=0)
