"""Loading the catalogue's earning rules, without undoing what people have decided."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from members.catalogue import rows
from points.actions.take_on_terms import take_on
from points.earning.checking import BadTerms, require_good_terms
from points.models import EarningRule, RuleChange

FILE = Path(__file__).parent.parent / "earning" / "default_rules.toml"
CAPS = ("cap_day", "cap_month", "cap_year", "cap_lifetime")


@dataclass
class Loaded:
    """What a load did. `differences`: rules that people have changed, or that have paid more than they are shipped with
    a budget for; they stay."""

    created: int = 0
    updated: int = 0
    differences: list[str] = field(default_factory=list)


@transaction.atomic
def load_earning_rules() -> Loaded:
    """Brings rules up to what is shipped; loading again changes nothing. What is new in a rule that pays
    holds for what happens from now on.

    Raises BadTerms when the shipped rules make none; then nothing is stored.
    """
    loaded = Loaded()
    known = {rule.code: rule for rule in EarningRule.objects.select_for_update()}
    changed = set(RuleChange.objects.filter(state=RuleChange.State.APPROVED).values_list("code", flat=True))
    for terms in shipped_terms():
        code = terms["code"]
        rule = known.get(code)
        if rule is None:
            rule = EarningRule(**terms, live_since=timezone.now())
            require_good_terms(rule)
            rule.shipped = rule.stored_terms()
            rule.save(force_insert=True)
            loaded.created += 1
        elif code in changed:
            loaded.differences += [f"{code}: changed here"] if rule.terms() != terms else []
        elif rule.shipped != EarningRule(**terms).stored_terms():
            require_good_terms(EarningRule(**terms))
            try:
                take_on(rule, terms)
            except BadTerms as refusal:
                loaded.differences += [f"{code}: {refusal}"]
                continue
            rule.shipped = rule.stored_terms()
            rule.save()
            loaded.updated += 1
    return loaded


def shipped_terms() -> list[dict[str, Any]]:
    """The terms of each rule of the catalogue, in its order."""
    defaults = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [whole(row, dict(defaults[row["code"]])) for row in rows("earning_rules")]


def whole(row: dict[str, str], besides: dict[str, Any]) -> dict[str, Any]:
    del besides["prose"]
    own = {
        "code": row["code"],
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "group": row["group"],
        "trigger": row["trigger_event"],
        "source": row["points_source"],
        "points": int(row["points"]) if row["points"] else None,
        **{cap: int(row[cap]) if row[cap] else None for cap in CAPS},
    }
    return EarningRule(**own, **besides).terms()
