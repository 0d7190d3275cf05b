"""What is never changed, deleted or emptied, not even by somebody at psql."""

import pgtrigger
from django.db.models import Model

#: What a statement added, to the triggers that look at it as a whole.
ADDED = pgtrigger.Referencing(new="added")  # type: ignore[no-untyped-call]


def never_emptied() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="never_emptied",
        operation=pgtrigger.Truncate,
        when=pgtrigger.Before,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION '% is never emptied', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
    )


def append_only() -> list[pgtrigger.Trigger]:
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]


class AllOf(pgtrigger.Condition):
    """Where all of these conditions hold; a Q of pgtrigger's can't be joined with its other conditions."""

    def __init__(self, *conditions: pgtrigger.Condition) -> None:
        self.conditions = conditions

    def resolve(self, model: type[Model]) -> str:
        resolved = (condition.resolve(model) for condition in self.conditions)  # type: ignore[no-untyped-call]
        return f"({' AND '.join(f'({sql})' for sql in resolved)})"
