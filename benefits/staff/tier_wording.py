"""The rules of VIP tiers, and what has become of a tier, in words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from benefits.models import Tier, TierTerms
from benefits.models.tier_terms import COSTS, TERMS, THRESHOLDS
from members.templatetags.figures import grouped
from points.earning.wording import Line


def money(amount: Decimal) -> str:
    return _("CNY %(amount)s") % {"amount": grouped(amount)}


def in_words(terms: TierTerms) -> Mapping[str, str]:
    """Point by point: what it is called → what the rules say."""
    found: dict[str, str] = {}
    for name in TERMS:
        label, value = str(TierTerms._meta.get_field(name).verbose_name), getattr(terms, name)  # type: ignore[union-attr]
        if name == "effective_on":
            found[label] = date_format(value, "DATE_FORMAT")
        elif name in THRESHOLDS.values() or name in COSTS.values():
            found[label] = money(value)
        elif name.startswith("factor_"):
            found[label] = f"× {Decimal(value).normalize():f}"
        else:
            found[label] = str(value)
    return found


def lines(terms: TierTerms, before: TierTerms | None = None) -> list[Line]:
    """`before`: the rules to compare with."""
    then = in_words(before) if before else {}
    return [Line(label, [text], [then[label]] if before else None) for label, text in in_words(terms).items()]


def tier_name(code: str) -> str:
    return str(Tier(code).label) if code else _("no tier")


def moves_table(moves: Mapping[str, int]) -> list[dict[str, Any]]:
    """A row for each tier before, with a cell for each after: how many customers, and which way they go."""
    codes = ["", *map(str, Tier)]
    return [
        {
            "name": tier_name(before),
            "cells": [
                {
                    "count": moves.get(f"{before}>{after}", 0),
                    "way": "up" if codes.index(after) > codes.index(before) else "down" if after != before else "same",
                }
                for after in codes
            ],
        }
        for before in codes
    ]
