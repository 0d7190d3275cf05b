"""What the role may do that the application connects as: read and write, but not change or delete what is append-only.

Triggers stop whoever does not switch them off, step around them or hide a table from them. So the tables belong to the
role that migrates, and the application connects as another, that can do none of this and whose rights refuse once more.
"""

from collections.abc import Iterable, Iterator

import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg2.sql import SQL, Composable, Identifier

from members.ignoring import obey_the_owner

# What the role had before goes first. A temporary table by the name of ours would hide it from triggers, and could have
# triggers of its own, from within which balances may be written.
GRANT = """
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM {role} CASCADE;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM {role} CASCADE;
GRANT USAGE ON SCHEMA public TO {role};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role} CASCADE;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role} CASCADE;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
"""
# Ids that the database alone gives: OVERRIDING and COPY would give others.
NUMBERED = """
SELECT relname, array_agg(attname::text) FILTER (WHERE attidentity <> 'a')
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
GROUP BY relname HAVING bool_or(attidentity = 'a')
"""
# What would let the role do the rest all the same, itself or as another that it belongs to: what that one is or owns,
# and what was granted to it or to everybody. Whoever has a relation of any kind, or may make one, has triggers on it.
MAY_STILL = """
WITH ours AS (
    SELECT oid, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'f')
)
SELECT rolname, may FROM pg_roles AS whoever, LATERAL (
    SELECT 1 AS nth, 'do anything' AS may
        WHERE rolsuper OR rolcreaterole OR rolname IN ('pg_execute_server_program', 'pg_write_server_files')
    UNION ALL SELECT 2, 'do anything with the database'
        FROM pg_database WHERE datname = current_database() AND datdba = whoever.oid
    UNION ALL SELECT 3, 'do anything with ' || relname FROM pg_class WHERE relowner = whoever.oid
    UNION ALL SELECT 3, format('do anything with %%s()', proname) FROM pg_proc WHERE proowner = whoever.oid
    UNION ALL SELECT 4, 'make schemas' WHERE has_database_privilege(whoever.oid, current_database(), 'CREATE')
    UNION ALL SELECT 4, 'make temporary tables'
        WHERE has_database_privilege(whoever.oid, current_database(), 'TEMPORARY')
    UNION ALL SELECT 4, 'make tables in ' || nspname
        FROM pg_namespace WHERE has_schema_privilege(whoever.oid, pg_namespace.oid, 'CREATE')
    UNION ALL SELECT 4, 'switch triggers off'
        WHERE has_parameter_privilege(whoever.oid, 'session_replication_role', 'SET')
    UNION ALL SELECT 5, 'put triggers on ' || relname
        FROM ours WHERE has_table_privilege(whoever.oid, ours.oid, 'TRIGGER')
    UNION ALL SELECT 5, 'empty ' || relname FROM ours WHERE has_table_privilege(whoever.oid, ours.oid, 'TRUNCATE')
    UNION ALL SELECT 6, 'delete from ' || relname
        FROM ours WHERE relname = ANY (%(kept)s) AND has_table_privilege(whoever.oid, ours.oid, 'DELETE')
    UNION ALL SELECT 7, format('change %%s of %%s', attname, relname)
        FROM ours JOIN pg_attribute ON attrelid = ours.oid
        WHERE format('%%s.%%s', relname, attname) = ANY (%(fixed)s)
            AND has_column_privilege(whoever.oid, attrelid, attnum, 'UPDATE')
) AS rights WHERE pg_has_role(%(role)s, whoever.oid, 'MEMBER') ORDER BY nth, may LIMIT 1
"""
# Put there by somebody who could: it writes what nothing else may.
STRANGE_TRIGGERS = """
SELECT tgname, tgrelid::regclass::text FROM pg_trigger
WHERE NOT tgisinternal AND tgname NOT LIKE 'pgtrigger\\_%%' ORDER BY tgname LIMIT 1
"""


def grant_access(role: str) -> None:
    """To be asked for again after every migration and every restore.

    Raises ValueError where there is no such role, or where it could do what is not to be: nothing is changed then.
    """
    kept = [model for model in apps.get_models() if refuses_deletion(model)]
    fixed = {model: columns for model in apps.get_models() if (columns := fixed_columns(model))}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_database() FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is None:
            raise ValueError(f"there is no role {role}")
        obey_the_owner(connection.alias)
        name = Identifier(role)
        cursor.execute(SQL(GRANT).format(role=name, database=Identifier(*found)))
        cursor.execute(NUMBERED)
        for table, columns in cursor.fetchall():
            restrict(cursor, "INSERT", Identifier("public", table), columns, name)
        for model in kept:
            cursor.execute(SQL("REVOKE DELETE ON {} FROM {}").format(table_of(model), name))
        for model, unchanging in fixed.items():
            free = [column for column in columns_of(model) if column not in unchanging]
            restrict(cursor, "UPDATE", table_of(model), free, name)
        require_refused(cursor, role, kept, fixed)


def restrict(cursor: CursorWrapper, right: str, table: Composable, columns: Iterable[str], role: Composable) -> None:
    """To these columns of the table, which may be none."""
    cursor.execute(SQL("REVOKE {} ON {} FROM {}").format(SQL(right), table, role))
    if names := [Identifier(column) for column in columns]:
        cursor.execute(SQL("GRANT {} ({}) ON {} TO {}").format(SQL(right), SQL(", ").join(names), table, role))


def require_refused(
    cursor: CursorWrapper, role: str, kept: list[type[Model]], fixed: dict[type[Model], set[str]]
) -> None:
    """Raises ValueError where something lets the role write past triggers or rights, and says what."""
    cursor.execute(
        MAY_STILL,
        {
            "role": role,
            "kept": [model._meta.db_table for model in kept],
            "fixed": [f"{model._meta.db_table}.{column}" for model, columns in fixed.items() for column in columns],
        },
    )
    if found := cursor.fetchone():
        whoever, may = found
        who = role if whoever == role else f"{role}, who belongs to {whoever},"
        raise ValueError(f"{who} may {may}, by what it is, has or was granted, or as everybody may: end that first")
    cursor.execute(STRANGE_TRIGGERS)
    if found := cursor.fetchone():
        raise ValueError("a trigger that is not the platform's, {}, is on {}: take it away first".format(*found))


def table_of(model: type[Model]) -> Composable:
    return Identifier("public", model._meta.db_table)


def columns_of(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def protections(model: type[Model], operation: str) -> Iterator[pgtrigger.Protect]:
    for trigger in getattr(model._meta, "triggers", ()):
        if type(trigger) is pgtrigger.Protect and operation in str(trigger.operation):
            yield trigger


def refuses_deletion(model: type[Model]) -> bool:
    return any(trigger.condition is None for trigger in protections(model, "DELETE"))


def fixed_columns(model: type[Model]) -> set[str]:
    """That no row of the table may ever change: all of what is append-only, but for what its triggers let pass.

    Where only some fields are read-only (pgtrigger.ReadOnly), triggers alone refuse: forms write whole rows.
    """
    fixed: set[str] = set()
    for trigger in protections(model, "UPDATE"):
        if trigger.condition is None:
            return set(columns_of(model))
        if isinstance(trigger.condition, pgtrigger.AnyChange):
            free = trigger.condition.exclude or ()
            fixed |= {str(field.column) for field in model._meta.concrete_fields if field.name not in free}
    return fixed
