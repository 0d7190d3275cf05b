"""What is never changed, deleted or emptied, not even by somebody at psql."""

import pgtrigger

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
