"""Loading the rewards of the catalogue, without undoing what staff have set."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from members.catalogue import rows
from members.models import Level
from points.models import Reward
from points.models.reward import SET_BY_STAFF

#: Facts of the catalogue, which staff don't change.
FACTS = ("kind", "fulfilment", "provider", "face_value", "own_mobile_only")


@dataclass
class Loaded:
    """What a load did. `differences`: what staff have set otherwise than what is shipped; it stays."""

    created: int = 0
    updated: int = 0
    differences: list[str] = field(default_factory=list)


@transaction.atomic
def load_rewards() -> Loaded:
    """Brings the rewards up to rewards.csv; loading again changes nothing."""
    loaded = Loaded()
    known = {reward.sku: reward for reward in Reward.objects.select_for_update()}
    for row in rows("rewards"):
        shipped, facts = shipped_of(row), facts_of(row)
        reward = known.get(row["sku"])
        if reward is None:
            Reward.objects.create(sku=row["sku"], shipped=shipped, **facts, **shipped)
            loaded.created += 1
            continue
        loaded.updated += update(reward, shipped, facts)
        loaded.differences += [
            f"{reward.sku} {name}: set to {ours!r}, shipped {theirs!r}"
            for name, (ours, theirs) in reward.differences.items()
        ]
    return loaded


def shipped_of(row: dict[str, str]) -> dict[str, Any]:
    """What staff may set otherwise, as JSON keeps it."""
    return {
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "cost_points": int(row["cost_points"]),
        "limit_count": int(row["limit_count"]) if row["limit_count"] else None,
        "limit_period": row["limit_period"],
        "required_level": int(Level[row["required_level"].upper()]),
        "validity": row["validity"],
    }


def facts_of(row: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "fulfilment": row["fulfilment"],
        "provider": row["provider"],
        "face_value": Decimal(row["face_value"]) if row["face_value"] else None,
        "own_mobile_only": row["notes"].startswith("own registered mobile only"),
    }


def update(reward: Reward, shipped: dict[str, Any], facts: dict[str, Any]) -> bool:
    """Takes over the facts, and of the rest what staff have left as it was shipped. True if anything changed."""
    before = {name: getattr(reward, name) for name in (*FACTS, *SET_BY_STAFF, "shipped")}
    for name, value in shipped.items():
        if getattr(reward, name) == reward.shipped.get(name):
            setattr(reward, name, value)
    for name, value in facts.items():
        setattr(reward, name, value)
    reward.shipped = shipped
    changed = [name for name, value in before.items() if getattr(reward, name) != value]
    if changed:
        # Nothing else: what is left is counted down by buyers.
        reward.save(update_fields=changed)
    return bool(changed)
