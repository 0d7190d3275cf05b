"""What variables (default_texts/variables.toml), their types and the providers are called where people read of them."""

import tomllib
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

FILE = Path(__file__).parent / "default_texts" / "variables.toml"

#: What the catalogue's types of variables are called.
TYPES = {
    "str": _("free text"),
    "int": _("number"),
    "points": _("number of points"),
    "money": _("amount of money"),
    "percent": _("percentage"),
    "date": _("date"),
    "datetime": _("date and time"),
    "masked_card": _("masked account"),
    "masked_id": _("masked number"),
}

#: By the name that the channels' code, messages and receipts know them by.
PROVIDERS = {
    "sandbox-sms": _("SMS provider (sandbox)"),
    "sandbox-wechat": _("WeChat (sandbox)"),
    "smtp": _("mail server"),
    "print": _("print shop"),
}


def provider_name(name: str) -> str:
    """In the reader's language; the bare name of a provider that has none."""
    return str(PROVIDERS.get(name, name))


@cache
def labels() -> dict[str, dict[str, str]]:
    """Variable → {"zh": …, "en": …}."""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def label(variable: str, language: str) -> str:
    """The variable's name for readers of `language` (zh-hans, en); its bare name when nobody has given it one."""
    return labels().get(variable, {}).get("en" if language == "en" else "zh", variable)
