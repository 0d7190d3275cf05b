"""Example values of variables, in machine form: what previews show and trial renderings use."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from members.catalogue import variable_specs
from notifications.labels import label

FILE = Path(__file__).parent / "default_texts" / "examples_en.toml"
CHINESE_MOMENT = re.compile(r"(?P<month>\d+)月(?P<day>\d+)日(?P<time>\d\d:\d\d)")
#: For variables that the catalogue has no example of; free text is shown as its label.
BY_TYPE: dict[str, str | int] = {
    "money": "1200.00",
    "date": "2026-03-31",
    "datetime": "2026-03-10T14:26:00+08:00",
    "int": 3,
    "points": 1200,
    "percent": "4.80%",
    "masked_card": "****6688",
    "masked_id": "310***********1234",
}


def example_values(types: Mapping[str, str], language: str) -> dict[str, str | int]:
    """An example for each of the variables, as an event would deliver it to a customer of that language."""
    return {name: example(name, type_, language) for name, type_ in types.items()}


def example(name: str, type_: str, language: str) -> str | int:
    spec = variable_specs().get(name)
    if spec is None or spec.type != type_:
        return BY_TYPE.get(type_) or f"[{label(name, language)}]"
    if language == "en" and name in in_english():
        return in_english()[name]
    return machine_form(spec.example, type_)


def machine_form(shown: str, type_: str) -> str | int:
    """The catalogue's examples are written as people read them; docs/feeds.md has the machine forms."""
    if type_ == "money":
        return shown.replace(",", "")
    if type_ == "int":
        return int(shown)
    if type_ == "masked_card":
        return shown.replace("尾号", "****")
    moment = CHINESE_MOMENT.fullmatch(shown) if type_ == "datetime" else None
    if moment:
        return f"2026-{int(moment['month']):02}-{int(moment['day']):02}T{moment['time']}:00+08:00"
    return shown


@cache
def in_english() -> dict[str, str]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
