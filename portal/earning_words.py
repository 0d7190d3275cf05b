"""What earns points, in the member's words."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from points.models import EarningCampaign, EarningRule, Group, Source
from points.naming import named
from points.terms import SHANGHAI

GROUPS = {
    Group.SELF_SERVICE: gettext_lazy("Do it yourself, here"),
    Group.ENGAGEMENT: gettext_lazy("Every day"),
    Group.FEEDBACK: gettext_lazy("Tell us what you think"),
    Group.FESTIVAL: gettext_lazy("Customer festival"),
    Group.IDENTITY: gettext_lazy("Once, for your account"),
    Group.CARE: gettext_lazy("As a thank-you"),
}


@dataclass(frozen=True)
class Way:
    """`points`: how many; `note`: how many at most; `campaign`: what is rewarded more for a time; all in words."""

    name: str
    points: str
    note: str
    campaign: str


def by_group(rules: list[EarningRule], campaigns: list[EarningCampaign]) -> list[tuple[str, list[Way]]]:
    """Groups with nothing are left out. `campaigns`: those that run now."""
    groups = [
        (str(words), [way(rule, campaigns) for rule in rules if rule.group == group]) for group, words in GROUPS.items()
    ]
    return [(words, ways) for words, ways in groups if ways]


def way(rule: EarningRule, campaigns: list[EarningCampaign]) -> Way:
    """Of several campaigns, the one that applies: it multiplies most (points.earning.deciding)."""
    applying = [campaign for campaign in campaigns if rule.code in campaign.rules]
    best = max(applying, key=lambda campaign: campaign.multiplier, default=None)
    note = at_most(rule)
    if note and best:
        note = _("%(at_most)s, without what the campaign adds") % {"at_most": note}
    return Way(rule.name, how_many(rule), note, times_more(best) if best else "")


def times_more(campaign: EarningCampaign) -> str:
    last = timezone.localtime(campaign.ends_at - timedelta(microseconds=1), SHANGHAI)
    said = {"campaign": campaign.name, "times": f"{campaign.multiplier.normalize():f}", "day": date_format(last)}
    return _("%(campaign)s: %(times)s times as many until %(day)s") % said


def how_many(rule: EarningRule) -> str:
    match rule.source:
        case Source.FIXED:
            return named(rule.points or 0)
        case Source.SERVICE:
            return _("by service")
        case _:
            return _("by what we had promised")


def at_most(rule: EarningRule) -> str:
    """The caps, in words; empty where there is none."""
    if rule.cap_lifetime:
        once = rule.cap_lifetime == rule.points
        return _("one time only") if once else _("at most %(points)s in all") % {"points": f"{rule.cap_lifetime:,}"}
    said = [
        words % {"points": f"{cap:,}"}
        for cap, words in (
            (rule.cap_day, _("at most %(points)s a day")),
            (rule.cap_month, _("at most %(points)s a month")),
            (rule.cap_year, _("at most %(points)s a year")),
        )
        if cap
    ]
    return _(", ").join(said)
