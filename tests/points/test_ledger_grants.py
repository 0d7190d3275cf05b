"""As the role that the application connects as: all that it does works, and what is append-only is refused to it."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction
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
from tests.application_role import ROLE


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


def test_a_trigger_is_ignored_for_the_owner_alone(application, alice, bob):
    """Whoever sets what pgtrigger.ignore sets, at psql too."""
    live(alice, bob)
    change = (
        "SET LOCAL pgtrigger.ignore = '{{{}}}'; UPDATE points_account SET balance = balance + 1 WHERE kind = 'points'"
    )
    (keeper,) = [one for one in Account._meta.triggers if one.name == "written_by_entries_alone"]
    ignoring = change.format(keeper.get_pgid(Account))
    with pytest.raises(DatabaseError, match="by entries and holds alone"), transaction.atomic():
        execute(ignoring)
    with transaction.atomic():
        execute("RESET ROLE")
        execute(ignoring)
        transaction.set_rollback(True)


def test_nothing_hides_a_table_and_nothing_is_put_beside_it(application):
    for statement in (
        "CREATE TEMPORARY TABLE points_entry (posting_id bigint)",
        "CREATE TABLE beside ()",
        "CREATE FUNCTION beside() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA beside",
        "CREATE TRIGGER beside AFTER INSERT ON points_entry EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "SELECT setval('points_posting_id_seq', 1)",
    ):
        refused(statement)


@pytest.mark.parametrize(
    ("given", "may"),
    [
        ("ALTER ROLE {role} SUPERUSER", "do anything,"),
        ("ALTER ROLE {role} CREATEROLE", "do anything,"),
        ("GRANT {owner} TO {role}", "do anything,"),
        ("GRANT {owner} TO {role} WITH INHERIT FALSE", "do anything,"),
        ("GRANT pg_execute_server_program TO {role}", "do anything,"),
        ("ALTER DATABASE {database} OWNER TO {role}", "do anything with the database"),
        ("CREATE SCHEMA its_own AUTHORIZATION {role}", "make tables in its_own"),
        ("CREATE SCHEMA anybodys; GRANT CREATE ON SCHEMA anybodys TO PUBLIC", "make tables in anybodys"),
        ("CREATE VIEW report AS SELECT; ALTER VIEW report OWNER TO {role}", "do anything with report"),
        ("CREATE VIEW report AS SELECT; GRANT TRIGGER ON report TO PUBLIC", "put triggers on report"),
        ("ALTER TABLE points_entry OWNER TO {role}", "do anything with points_entry"),
        ("ALTER FUNCTION points_lock OWNER TO {role}", "do anything with points_lock"),
        ("GRANT pg_write_all_data TO {role}", "delete from "),
        ("GRANT CREATE ON DATABASE {database} TO PUBLIC", "make schemas"),
        ("CREATE ROLE x; GRANT x TO {role}; GRANT TEMPORARY ON DATABASE {database} TO x", "make temporary"),
        ("CREATE ROLE x; GRANT x TO {role}; GRANT CREATE ON SCHEMA public TO x", "make tables in public"),
        ("GRANT TRIGGER ON points_lot TO PUBLIC", "put triggers on points_lot"),
        ("GRANT TRUNCATE ON points_lot TO PUBLIC", "empty points_lot"),
        ("GRANT DELETE ON points_posting TO PUBLIC", "delete from points_posting"),
        ("GRANT UPDATE (amount) ON points_entry TO PUBLIC", "change amount of points_entry"),
        ("GRANT SET ON PARAMETER session_replication_role TO {role}", "switch triggers off"),
    ],
)
def test_whoever_can_be_refused_too_little_is_not_granted(role, given, may):
    database = quoted(connection.settings_dict["NAME"])
    execute(given.format(role=ROLE, owner=quoted(current_user()), database=database))
    with pytest.raises(CommandError, match=f"may {re.escape(may)}"):
        call_command("grant_access", ROLE)
    assert not may_read()


def test_what_somebody_put_on_a_table_is_seen(role):
    execute("CREATE TRIGGER beside AFTER INSERT ON points_entry EXECUTE FUNCTION suppress_redundant_updates_trigger()")
    with pytest.raises(CommandError, match="beside, is on points_entry"):
        call_command("grant_access", ROLE)


def test_rights_that_the_role_passed_on_go_too(role):
    execute(f"""
        CREATE ROLE another; GRANT DELETE ON points_entry TO {ROLE} WITH GRANT OPTION;
        SET LOCAL ROLE {ROLE}; GRANT DELETE ON points_entry TO another; RESET ROLE""")
    call_command("grant_access", ROLE)
    execute("SET LOCAL ROLE another")
    refused("DELETE FROM points_entry")


def test_an_entry_gets_its_id_from_the_database(application):
    for statement in (
        "INSERT INTO points_entry (id, posting_id, system, amount) OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1)",
        "COPY points_entry (id, posting_id, system, amount) FROM STDIN",
    ):
        refused(statement)


def test_triggers_obey_the_owner_alone_again(role):
    """pgtrigger puts its own function down with every trigger that it installs."""
    execute("""
        CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean LANGUAGE sql
        AS 'SELECT true'""")
    call_command("grant_access", ROLE)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        execute("DELETE FROM points_systemtotal; INSERT INTO points_systemtotal (system, booked_on, points)"
                " VALUES (1, now(), 5); DELETE FROM points_systemtotal")  # fmt: skip


def test_nobody_is_granted_nothing(db):
    with pytest.raises(CommandError, match="there is no role nobody_at_all"):
        call_command("grant_access", "nobody_at_all")


def test_what_the_role_had_before_is_taken_from_it(role):
    for given in (
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO {}",
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {}",
        "GRANT ALL ON SCHEMA public TO {}",
        "GRANT ALL ON DATABASE {} TO {}",
    ):
        execute(given.format(*[quoted(connection.settings_dict["NAME"])] * (given.count("{}") - 1), ROLE))
    call_command("grant_access", ROLE)
    execute(f"SET LOCAL ROLE {ROLE}")
    for statement in (
        "TRUNCATE points_entry CASCADE",
        "SELECT setval('points_posting_id_seq', 1)",
        "CREATE TABLE beside ()",
        "CREATE TEMPORARY TABLE beside ()",
    ):
        refused(statement)


@pytest.mark.parametrize("name", ["Banyan App", 'ban"yan', "select"])
def test_a_role_of_any_name(db, name):
    execute(f"CREATE ROLE {quoted(name)}")
    call_command("grant_access", name)
    assert may_read(name)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def current_user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def may_read(role: str = ROLE) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT grantee FROM information_schema.role_table_grants WHERE table_name = 'points_hold'")
        return (role,) in cursor.fetchall()
