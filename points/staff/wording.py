"""Codes of the ledger in words, as far as there are any."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from points.actions import forfeit_points, merge_points
from points.models import EarningRule, GivingBack, PointAdjustment, Posting, Reward, adjustment, giving_back

FIXED: dict[str, str | Promise] = {
    "points.expired": _("expired"),
    merge_points.REASON: _("accounts merged"),
    forfeit_points.REASON: _("account closed"),
    **{f"{adjustment.SCOPE}.{code}": label for code, label in PointAdjustment.Reason.choices},
    **{f"{giving_back.SCOPE}.{code}": label for code, label in GivingBack.Reason.choices},
}


def reasons_of(postings: Iterable[Posting]) -> dict[str, str]:
    """Why each was booked, by its code: the rule, the reward, or what staff said; two queries. Of others, the code."""
    codes = {posting.reason for posting in postings}
    words = {code: str(FIXED.get(code, code)) for code in codes}
    words |= {rule.code: rule.name for rule in EarningRule.objects.filter(code__in=codes)}
    return words | {reward.sku: reward.name for reward in Reward.objects.filter(sku__in=codes)}
