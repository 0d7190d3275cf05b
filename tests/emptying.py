"""Emptying the database after a test that commits, in milliseconds.

Django truncates every table, which makes a new file of each, and sends post_migrate, which asks for every permission:
together more than most of these tests take. Rows are few, and deleting them is quick.
"""

import pgtrigger
from django.db import connection, transaction
from django.test import TransactionTestCase

_truncate = TransactionTestCase._fixture_teardown
#: What post_migrate puts into the emptied database, as table → digest of its rows. It stays while no test changes it.
_kept: dict[str, str | None] = {}


def empty(case: TransactionTestCase) -> None:
    """In place of Django's own; sequences go on, as they do there. The ledger's tables are emptied nowhere else."""
    with transaction.atomic(), connection.cursor() as cursor:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        # Whoever is still writing finishes first, or would leave rows behind.
        cursor.execute(f"LOCK TABLE {', '.join(map(quoted, tables))} IN SHARE ROW EXCLUSIVE MODE")
        # No trigger is asked, neither the ledger's nor those of foreign keys: in the end nothing is left.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(";".join(f"DELETE FROM {quoted(table)}" for table in tables if table not in _kept))
        if _kept and digests(list(_kept)) == _kept:
            return
    with pgtrigger.ignore():
        _truncate(case)
    _kept.clear()
    _kept.update({table: digest for table, digest in digests(tables).items() if digest})


def digests(tables: list[str]) -> dict[str, str | None]:
    """Of each table's rows; None of an empty one."""
    digest = "(SELECT md5(string_agg(each::text, ',' ORDER BY each::text)) FROM {} AS each)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(digest.format(quoted(table)) for table in tables)}")
        return dict(zip(tables, cursor.fetchone(), strict=True))


def quoted(table: str) -> str:
    return str(connection.ops.quote_name(table))
