"""Who may have triggers ignored, and how quickly a trigger knows that it is not.

Every trigger of pgtrigger begins by asking a function whether it is to be ignored. Its own obeys whoever sets
`pgtrigger.ignore`, also at psql, and asks by catching an error: an eighth of what a posting costs PostgreSQL.
"""

from typing import Any

from django.db import connections

#: In place of pgtrigger's, which each of its triggers puts down again when it is installed. One expression, which is
#: read into the trigger's own plan. Obeyed is who may put triggers on our tables, and so might as well: their owner.
OBEY_THE_OWNER = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN coalesce(current_setting('pgtrigger.ignore', true), '') = '' THEN false
        WHEN NOT has_table_privilege('public.members_member', 'TRIGGER') THEN false
        ELSE trigger_name = ANY (current_setting('pgtrigger.ignore')::pg_catalog.text[])
    END
$$
"""


def obey_the_owner(using: str, **_: Any) -> None:
    """Receiver of post_migrate."""
    with connections[using].cursor() as cursor:
        cursor.execute(OBEY_THE_OWNER)
