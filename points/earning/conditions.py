"""What has to be so for a rule to pay: a list of `{"field": …, operator: value}`, all of which must hold.

    [{"field": "event.kind", "is": "transaction"}, {"field": "event.platform", "in": ["wechat", "app"]},
     {"field": "member.level", "at_least": "verified"}]

Data, not an expression: a field of points/earning/vocabulary.py, one operator that its kind has, a value of its kind.
A field that the event does not tell makes any condition about it false.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from members.models import Level
from points.earning.vocabulary import Field, Kind

#: No rule of people's making is as long.
MOST = 20
LONGEST_TEXT = 100


@dataclass(frozen=True)
class Operator:
    """`label` says it between the field and the value. `many`: the value is a list of values."""

    label: str | Promise
    holds: Callable[[Any, Any], bool]
    many: bool = False


OPERATORS: dict[str, Operator] = {
    "is": Operator(_("is"), lambda found, wanted: found == wanted),
    "is_not": Operator(_("is not"), lambda found, wanted: found != wanted),
    "in": Operator(_("is one of"), lambda found, wanted: found in wanted, many=True),
    "not_in": Operator(_("is none of"), lambda found, wanted: found not in wanted, many=True),
    "at_least": Operator(_("is at least"), lambda found, wanted: found >= wanted),
    "at_most": Operator(_("is at most"), lambda found, wanted: found <= wanted),
    "multiple_of": Operator(_("is a multiple of"), lambda found, wanted: found > 0 and found % wanted == 0),
    "from": Operator(_("is on or after"), lambda found, wanted: found >= wanted),
    "until": Operator(_("is on or before"), lambda found, wanted: found <= wanted),
}
OF_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("is", "is_not", "in", "not_in"),
    Kind.CHOICE: ("is", "is_not", "in", "not_in"),
    Kind.NUMBER: ("is", "at_least", "at_most", "multiple_of"),
    Kind.FLAG: ("is",),
    Kind.DATE: ("is", "from", "until"),
    Kind.LEVEL: ("is", "at_least"),
}


class BadCondition(Exception):
    """`message` says what is wrong with it, in the reader's language."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parts(condition: Mapping[str, Any]) -> tuple[str, str, Any]:
    """(field, operator, value) of a condition that was checked."""
    (operator,) = set(condition) - {"field"}
    return condition["field"], operator, condition[operator]


def check(conditions: object, fields: Mapping[str, Field]) -> None:
    """Raises BadCondition for the first that is none, or asks for a field that is not among `fields`."""
    if not isinstance(conditions, list):
        raise BadCondition(_now("Conditions are a list."))
    if len(conditions) > MOST:
        raise BadCondition(_now("More than %(most)d conditions are too many for one rule.") % {"most": MOST})
    for number, condition in enumerate(conditions, start=1):
        try:
            check_one(condition, fields)
        except BadCondition as fault:
            raise BadCondition(
                _now("Condition %(number)d: %(message)s") % {"number": number, "message": fault.message}
            ) from fault


def check_one(condition: object, fields: Mapping[str, Field]) -> None:
    if not isinstance(condition, dict) or "field" not in condition or len(condition) != 2:
        raise BadCondition(_now("it needs a field, one comparison and a value."))
    name, operator, value = parts(condition)
    field = fields.get(name) if isinstance(name, str) else None
    if field is None:
        raise BadCondition(_now("this event has no field “%(field)s”.") % {"field": name})
    if operator not in OF_KIND[field.kind]:
        said = {"operator": OPERATORS[operator].label if operator in OPERATORS else operator, "field": field.label}
        raise BadCondition(_now("“%(field)s” can't be compared by “%(operator)s”.") % said)
    if OPERATORS[operator].many:
        if not isinstance(value, list) or not value:
            raise BadCondition(_now("“%(field)s” is compared with a list of values.") % {"field": field.label})
        for each in value:
            check_value(field, each)
    else:
        check_value(field, value)
        if operator == "multiple_of" and value < 1:
            raise BadCondition(_now("a multiple of 1 or more is meant."))


def check_value(field: Field, value: object) -> None:
    """Raises BadCondition for what is no value of this field."""
    fits = {
        Kind.TEXT: isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT,
        Kind.CHOICE: isinstance(value, str),
        Kind.NUMBER: type(value) is int and 0 <= value < 2**53,
        Kind.FLAG: isinstance(value, bool),
        Kind.DATE: is_day(value),
        Kind.LEVEL: isinstance(value, str),
    }[field.kind]
    if not fits or (field.choices and value not in field.choices()):
        said = {"value": value, "field": field.label}
        raise BadCondition(_now("“%(value)s” is no value of “%(field)s”.") % said)


def is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def fields_asked(conditions: Sequence[Mapping[str, Any]]) -> set[str]:
    """The fields that these conditions ask about."""
    return {condition["field"] for condition in conditions}


def hold(conditions: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> bool:
    """Whether all hold for these values (field → value; a level as its number, a date as date)."""
    return all(holds(condition, values) for condition in conditions)


def holds(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    name, operator, wanted = parts(condition)
    found = values.get(name)
    if found is None:
        return False
    if isinstance(found, Level):
        wanted = Level[wanted.upper()]
    elif isinstance(found, date):
        wanted = date.fromisoformat(wanted)
    return OPERATORS[operator].holds(found, wanted)


def in_words(conditions: Sequence[Mapping[str, Any]], fields: Mapping[str, Field]) -> list[str]:
    """Each condition as a sentence for people, in the reader's language."""
    return [one_in_words(condition, fields) for condition in conditions]


def one_in_words(condition: Mapping[str, Any], fields: Mapping[str, Field]) -> str:
    name, operator, value = parts(condition)
    field = fields.get(name) or Field(name, Kind.TEXT, name)
    if field.kind == Kind.FLAG:
        return str(field.label) if value else _now("not: %(field)s") % {"field": field.label}
    values = value if isinstance(value, list) else [value]
    choices = field.choices() if field.choices else {}
    shown = _now(", ").join(str(choices.get(each, each)) for each in values)
    return _now("%(field)s %(operator)s %(value)s") % {
        "field": field.label,
        "operator": OPERATORS[operator].label,
        "value": shown,
    }
