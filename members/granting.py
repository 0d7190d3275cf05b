"""What the role may do that the application connects as: everything but what triggers refuse to whoever asks.

Triggers stop whoever does not switch them off. So the tables belong to the role that migrates, and the application
connects as another, whose rights refuse once more.
"""

from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model


def grant_access(role: str) -> None:
    """To be asked for again after every migration. Raises ValueError where there is no such role."""
    name = connection.ops.quote_name(role)
    with transaction.atomic(), connection.cursor() as cursor:
        require_role(cursor, role)
        cursor.execute(f"""
            GRANT USAGE ON SCHEMA public TO {name};
            REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};
            GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name};
        """)
        for model in apps.get_models():
            table = connection.ops.quote_name(model._meta.db_table)
            if refuses_deletion(model):
                cursor.execute(f"REVOKE DELETE ON {table} FROM {name}")
            for columns in changeable(model):
                cursor.execute(f"REVOKE UPDATE ON {table} FROM {name}")
                if columns:
                    cursor.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {name}")


def require_role(cursor: CursorWrapper, role: str) -> None:
    """Raises ValueError where it is not there, or where nothing could be refused to it."""
    cursor.execute(
        """SELECT rolsuper OR EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = rolname)
           FROM pg_roles WHERE rolname = %s""",
        [role],
    )
    found = cursor.fetchone()
    if found is None:
        raise ValueError(f"there is no role {role}")
    if found[0]:
        raise ValueError(f"{role} owns tables or is a superuser: nothing can be refused to it")


def protections(model: type[Model], operation: str) -> Iterator[pgtrigger.Protect]:
    for trigger in getattr(model._meta, "triggers", ()):
        if type(trigger) is pgtrigger.Protect and operation in str(trigger.operation):
            yield trigger


def refuses_deletion(model: type[Model]) -> bool:
    return any(trigger.condition is None for trigger in protections(model, "DELETE"))


def changeable(model: type[Model]) -> Iterator[list[str]]:
    """By protection that holds for every row of the table: the columns that may change all the same."""
    for trigger in protections(model, "UPDATE"):
        if trigger.condition is None:
            yield []
        elif isinstance(trigger.condition, pgtrigger.AnyChange):
            may_change = (model._meta.get_field(name) for name in trigger.condition.exclude or ())
            yield [connection.ops.quote_name(str(field.column)) for field in may_change if field.concrete]
