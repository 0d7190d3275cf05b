"""What variables are called in a letter's table and in the editor: default_texts/variables.toml."""

import tomllib
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

FILE = Path(__file__).parent / "default_texts" / "variables.toml"

#: What the catalogue's types of variables are called.
TYPES = {
    "str": _("free text"),
    "int": _("number"),
    "money": _("amount of money"),
    "percent": _("percentage"),
    "date": _("date"),
    "datetime": _("date and time"),
    "masked_card": _("masked account"),
    "masked_id": _("masked number"),
}


@cache
def labels() -> dict[str, dict[str, str]]:
    """Variable → {"zh": …, "en": …}."""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def label(variable: str, language: str) -> str:
    """The variable's name for readers of `language` (zh-hans, en); its bare name when nobody has given it one."""
    return labels().get(variable, {}).get("en" if language == "en" else "zh", variable)
