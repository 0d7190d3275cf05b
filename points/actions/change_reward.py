"""Staff change what a reward is called, costs and asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from wagtail.log_actions import log

from members.models import Member
from points.actions.watch_stock import note_if_low
from points.models import Reward, RewardPrice

CHANGE = "points.change_reward"
#: What staff may set; the rest are facts of the catalogue, or counted.
SETTABLE = (
    *("name_zh", "name_en", "description_zh", "description_en", "picture"),
    *("cost_points", "limit_count", "limit_period", "required_level", "validity"),
    *("is_on_sale", "on_sale_from", "on_sale_until", "alert_below"),
)


@dataclass(frozen=True)
class Restock:
    """Staff saw `before` in stock and want `after`; None: no end."""

    before: int | None
    after: int | None

    def of(self, left: int | None) -> int | None:
        """What there is then, if `left` are left by now: what was sold meanwhile stays sold."""
        if self.before is None or self.after is None or left is None:
            return self.after
        return max(0, left + self.after - self.before)


@transaction.atomic
def change_reward(
    *,
    reward: Reward,
    fields: Mapping[str, Any],
    prices: Mapping[str, int | None],
    by: Member,
    restock: Restock | None = None,
) -> Reward:
    """`fields`: of SETTABLE. `prices`: tier → points, None as for everybody. `restock`: None leaves the stock alone.

    Writes these alone: buyers take from the stock at the same time. Raises PermissionDenied, IntegrityError for what
    makes no sense (the form says it before).
    """
    if not by.has_perm(CHANGE):
        raise PermissionDenied
    stored = Reward.objects.select_for_update().get(pk=reward.pk)
    if restock:
        fields = {**fields, "stock": restock.of(stored.stock)}
    before = {name: getattr(stored, name) for name in fields}
    changed = [name for name, value in fields.items() if value != before[name]]
    for name in changed:
        setattr(stored, name, fields[name])
    stored.save(update_fields=changed)
    for tier, points in prices.items():
        if points is None:
            stored.prices.filter(tier=tier).delete()
        else:
            RewardPrice.objects.update_or_create(reward=stored, tier=tier, defaults={"cost_points": points})
    log(
        instance=stored,
        action="wagtail.edit",
        user=by,
        content_changed=True,
        data={
            "before": {name: str(before[name]) for name in changed},
            "prices": {t: p for t, p in prices.items() if p},
        },
    )
    note_if_low(stored)
    return stored
