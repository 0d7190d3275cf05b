"""What the role may do that the application connects as: read and write, but not change or delete what is append-only.

Triggers stop whoever does not switch them off, step around them or hide a table from them. So the tables belong to the
role that migrates, and the application connects as another, that can do none of this and whose rights refuse once more.
"""

from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg2.sql import SQL, Composable, Identifier

# What the role had before goes first. A temporary table by the name of ours would hide it from triggers, and could have
# triggers of its own, from within which balances may be written.
GRANT = """
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
REVOKE ALL ON DATABASE {database} FROM {role};
GRANT CONNECT ON DATABASE {database} TO {role};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM {role};
GRANT USAGE ON SCHEMA public TO {role};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
"""
# What the role may do all the same, itself or as another that it belongs to: as a superuser, the owner of something,
# pg_write_all_data, or by what was granted to everybody.
MAY_STILL = """
WITH ours AS (
    SELECT oid, relname, relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
)
SELECT may FROM pg_roles AS whoever, LATERAL (
    SELECT 'do anything with the database' AS may FROM pg_database
        WHERE datname = current_database() AND datdba = whoever.oid
    UNION ALL SELECT 'do anything with ' || relname FROM ours WHERE relowner = whoever.oid
    UNION ALL SELECT format('do anything with %%s()', proname) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner = whoever.oid
    UNION ALL SELECT 'make schemas' WHERE has_database_privilege(whoever.oid, current_database(), 'CREATE')
    UNION ALL SELECT 'make temporary tables'
        WHERE has_database_privilege(whoever.oid, current_database(), 'TEMPORARY')
    UNION ALL SELECT 'make tables and functions' WHERE has_schema_privilege(whoever.oid, 'public', 'CREATE')
    UNION ALL SELECT 'switch triggers off'
        WHERE has_parameter_privilege(whoever.oid, 'session_replication_role', 'SET')
    UNION ALL SELECT 'empty ' || relname FROM ours WHERE has_table_privilege(whoever.oid, ours.oid, 'TRUNCATE')
    UNION ALL SELECT 'put triggers on ' || relname FROM ours WHERE has_table_privilege(whoever.oid, ours.oid, 'TRIGGER')
    UNION ALL SELECT 'delete from ' || relname FROM ours
        WHERE relname = ANY (%(kept)s) AND has_table_privilege(whoever.oid, ours.oid, 'DELETE')
    UNION ALL SELECT format('change %%s of %%s', attname, relname) FROM ours JOIN pg_attribute ON attrelid = ours.oid
        WHERE format('%%s.%%s', relname, attname) = ANY (%(fixed)s)
            AND has_column_privilege(whoever.oid, attrelid, attnum, 'UPDATE')
) AS rights WHERE pg_has_role(%(role)s, whoever.oid, 'MEMBER') LIMIT 1
"""


def grant_access(role: str) -> None:
    """To be asked for again after every migration. Raises ValueError where there is no such role, or where it could do
    what is not to be; nothing is granted then.
    """
    kept = [model for model in apps.get_models() if refuses_deletion(model)]
    fixed = {model: columns for model in apps.get_models() if (columns := fixed_columns(model))}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.rowcount:
            raise ValueError(f"there is no role {role}")
        name = Identifier(role)
        cursor.execute(SQL(GRANT).format(role=name, database=Identifier(connection.settings_dict["NAME"])))
        for model in kept:
            cursor.execute(SQL("REVOKE DELETE ON {} FROM {}").format(table_of(model), name))
        for model, columns in fixed.items():
            cursor.execute(SQL("REVOKE UPDATE ON {} FROM {}").format(table_of(model), name))
            if free := [Identifier(column) for column in columns_of(model) if column not in columns]:
                some = SQL(", ").join(free)
                cursor.execute(SQL("GRANT UPDATE ({}) ON {} TO {}").format(some, table_of(model), name))
        require_refused(cursor, role, kept, fixed)


def require_refused(
    cursor: CursorWrapper, role: str, kept: list[type[Model]], fixed: dict[type[Model], set[str]]
) -> None:
    """Raises ValueError."""
    cursor.execute(
        MAY_STILL,
        {
            "role": role,
            "kept": [model._meta.db_table for model in kept],
            "fixed": [f"{model._meta.db_table}.{column}" for model, columns in fixed.items() for column in columns],
        },
    )
    if may := cursor.fetchone():
        raise ValueError(f"{role}, or a role that it belongs to, may {may[0]}: take that from it first")


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
        if isinstance(trigger.condition, pgtrigger.AnyChange) and not trigger.condition.fields:
            free = trigger.condition.exclude or ()
            fixed |= {str(field.column) for field in model._meta.concrete_fields if field.name not in free}
    return fixed
