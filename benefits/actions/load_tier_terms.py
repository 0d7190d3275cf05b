"""Loading the catalogue's rules of VIP tiers (members/catalogue/tiers.csv)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from benefits.models import TierTerms
from members.catalogue import rows

#: Older than any day that is assessed: they hold until others are approved.
SINCE = date(2020, 1, 1)
#: What tiers.csv says in words. It says nothing of premiums that are paid for one or two years; so short a term is no
#: more of a commitment than a single premium, and counts as one.
IN_WORDS: dict[str, Any] = {
    "factor_10_years": Decimal("1.0"),
    "factor_5_years": Decimal("0.6"),
    "factor_3_years": Decimal("0.4"),
    "factor_below_3_years": Decimal("0.1"),
    "factor_single": Decimal("0.1"),
    "factor_short": Decimal(0),
    "validity_months": 12,
    "buffer_days": 60,
}


@dataclass
class Loaded:
    """What a load did. `differences`: rules that people have put in their place."""

    created: int = 0
    updated: int = 0
    differences: list[str] = field(default_factory=list)


@transaction.atomic
def load_tier_terms() -> Loaded:
    """Brings them up to what is shipped; loading again changes nothing."""
    loaded, terms = Loaded(), shipped_terms()
    known = TierTerms.objects.select_for_update().filter(shipped=True).first()
    if known is None:
        TierTerms.objects.create(**terms, shipped=True, state=TierTerms.State.APPROVED)
        loaded.created += 1
    elif changed := [name for name, value in terms.items() if getattr(known, name) != value]:
        for name in changed:
            setattr(known, name, terms[name])
        known.save(update_fields=changed)
        loaded.updated += 1
    ours = TierTerms.objects.filter(shipped=False, state=TierTerms.State.APPROVED)
    loaded.differences += [
        f"rules of VIP tiers: others from {day}" for day in ours.values_list("effective_on", flat=True)
    ]
    return loaded


def shipped_terms() -> dict[str, Any]:
    thresholds = {f"{row['code']}_from": Decimal(row["min_vip_premium_cny"]) for row in rows("tiers")}
    return {"effective_on": SINCE, **thresholds, **IN_WORDS}
