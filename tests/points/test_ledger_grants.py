"""As the role that the application connects as: all that it does works, and what is append-only is refused to it."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from members.models import Member
from points.actions.accrue import accrue
from points.actions.end_hold import capture_hold, void_hold
from points.actions.lapse_lots import lapse_lots
from points.actions.open_hold import open_hold
from points.actions.seal_postings import seal_postings
from points.actions.spend import spend
from points.actions.undo import refund, reverse
from points.auditing import audit
from points.models import Account, Entry, Lot, LotUse, Posting
from points.queries import balance_of

ROLE = f"banyan_test_{os.getpid()}"


@pytest.fixture
def role(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}")


@pytest.fixture
def application(role) -> Iterator[None]:
    call_command("grant_access", ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def about(key: str) -> dict[str, str]:
    return {"scope": "test", "key": key, "reason": "test"}


def live(member: Member, other: Member) -> None:
    """Everything that happens to points."""
    for whose in (member, other):
        accrue(member_id=whose.pk, points=100, **about(f"first {whose.pk}"))
    earned = accrue(member_id=member.pk, points=50, **about("earned"))
    spent = spend(member_id=member.pk, points=30, **about("spent"))
    refund(posting_id=spent.posting_id, points=10, **about("back"))
    reverse(posting_id=earned.posting_id, **about("reversed"))
    until = timezone.now() + timedelta(hours=1)
    for key, end in (("kept", capture_hold), ("let go", void_hold)):
        hold = open_hold(member_id=member.pk, points=20, expires_at=until, **about(key))
        end(hold_id=hold.pk)
    accrue(member_id=member.pk, points=7, expires_at=timezone.now() + timedelta(days=1), **about("soon"))
    assert lapse_lots(at=timezone.now() + timedelta(days=2)) == 7
    seal_postings()
    audit()
    assert balance_of(member.pk).available == 60


def test_all_that_happens_to_points_works(application, alice, bob):
    live(alice, bob)
    assert set(Posting.objects.values_list("kind", flat=True)) >= {"accrue", "redeem", "refund", "reverse", "lapse"}


@pytest.mark.parametrize("model", [Posting, Entry, LotUse, Lot, Account])
def test_nothing_is_deleted_or_emptied(application, alice, bob, model):
    live(alice, bob)
    for statement in ("DELETE FROM", "TRUNCATE", "ALTER TABLE"):
        refused(f"{statement} {model._meta.db_table} {'DISABLE TRIGGER ALL' if 'ALTER' in statement else ''}")


def test_nothing_that_was_booked_is_changed(application, alice, bob):
    live(alice, bob)
    for change in (
        "points_posting SET reason = 'other'",
        "points_entry SET amount = 2 * amount",
        "points_lotuse SET points = 1",
        "points_lot SET expires_at = expires_at + interval '1 year'",
        "points_hold SET points = 1",
    ):
        refused(f"UPDATE {change}")
    refused("SET session_replication_role = replica")


def refused(statement: str) -> None:
    with pytest.raises(ProgrammingError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert any(word in str(refusal.value) for word in ("permission denied", "must be owner")), refusal.value


def test_control_the_owner_is_refused_by_triggers_alone(alice, bob):
    """So that what refuses above is the role's own rights."""
    live(alice, bob)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE points_entry SET amount = amount")
        assert cursor.rowcount == Entry.objects.count() > 0
        transaction.set_rollback(True)


def test_whoever_can_be_refused_nothing_is_not_granted(role):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    with pytest.raises(CommandError, match="nothing can be refused"):
        call_command("grant_access", owner)
    with pytest.raises(CommandError, match="there is no role nobody_at_all"):
        call_command("grant_access", "nobody_at_all")
