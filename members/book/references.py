"""Which of the rows that a file refers to are stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from members.book.sheet import Mirror, Reference, Row, Sheet

#: (model, natural key) → id
Ids = Mapping[tuple[Mirror, str], int]


def natural_key(model: Mirror) -> str:
    """The field that others name a row by: the unique one."""
    return next(field.name for field in model._meta.concrete_fields if field.unique and not field.primary_key)


def stored_ids(references: Iterable[Reference]) -> dict[tuple[Mirror, str], int]:
    """Which of the rows that are referred to exist, and under which id. Takes one query for each table."""
    keys: dict[Mirror, set[str]] = defaultdict(set)
    for reference in references:
        keys[reference.model].add(reference.key)
    found: dict[tuple[Mirror, str], int] = {}
    for model, wanted in keys.items():
        name = natural_key(model)
        rows = model._default_manager.filter(**{f"{name}__in": wanted}).values_list(name, "pk")
        found.update(((model, key), pk) for key, pk in rows)
    return found


def attributes_of(sheet: Sheet, row: Row, ids: Ids) -> dict[str, Any]:
    """The model's attributes as the row says them."""
    attributes = {}
    for column, (field, model) in sheet.fields.items():
        value = row.values[column]
        if model:
            attributes[f"{field}_id"] = ids.get((model, value)) if value else None
        else:
            attributes[field] = value
    return attributes
