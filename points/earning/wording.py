"""What a rule says, in words that need no training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from points.earning.conditions import in_words
from points.earning.vocabulary import event_fields, fields_of, trigger_name, triggers
from points.models import EarningCampaign, Group, RuleTerms, Source
from points.terms import cost


@dataclass(frozen=True)
class Line:
    """One point of the terms, as one or several sentences. `before` is None where there is nothing to compare with."""

    label: str
    text: Sequence[str]
    before: Sequence[str] | None = None

    @property
    def differs(self) -> bool:
        return self.before is not None and list(self.before) != list(self.text)


def points_in_words(points: int) -> str:
    return ngettext("%(points)s point", "%(points)s points", points) % {"points": f"{points:,}"}


def money_in_words(points: int) -> str:
    """What they cost the insurer."""
    return _("CNY %(amount)s") % {"amount": f"{cost(points):,.2f}"}


def spent_already(points: int) -> str:
    return _("The rule has paid %(points)s already; the budget can't be less.") % {"points": points_in_words(points)}


def moment(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}"


def window(starts_at: datetime | None, ends_at: datetime | None) -> str:
    if starts_at and ends_at:
        return _("from %(start)s until %(end)s") % {"start": moment(starts_at), "end": moment(ends_at)}
    if starts_at:
        return _("from %(start)s on") % {"start": moment(starts_at)}
    return _("until %(end)s") % {"end": moment(ends_at)} if ends_at else _("always")


def how_many(terms: RuleTerms) -> str:
    if terms.source == Source.FIXED:
        return points_in_words(terms.points or 0)
    return str(Source(terms.source).label)


def caps(terms: RuleTerms) -> list[str]:
    labels = {
        "cap_day": _("a day"),
        "cap_month": _("a month"),
        "cap_year": _("a year"),
        "cap_lifetime": _("in a lifetime"),
    }
    found = [
        _("%(points)s %(period)s") % {"points": points_in_words(cap), "period": labels[name]}
        for name, cap in terms.caps.items()
    ]
    return found or [_("no limit")]


def once(terms: RuleTerms, labels: Mapping[str, str]) -> str:
    if not terms.once_per:
        return _("for each event")
    what = _(" and ").join(labels.get(name, name) for name in terms.once_per)
    if terms.once_days:
        return _("for each %(what)s once in %(days)d days") % {"what": what, "days": terms.once_days}
    return _("once for each %(what)s") % {"what": what}


def reversal(terms: RuleTerms, labels: Mapping[str, str]) -> list[str]:
    if not terms.reversal_trigger:
        return [_("never by an event")]
    said = {
        "event": trigger_name(terms.reversal_trigger),
        "what": _(" and ").join(labels.get(name, name) for name in terms.reversal_match),
    }
    first = _("by “%(event)s” with the same %(what)s") % said
    if terms.reversal_days:
        first += _(", within %(days)d days") % {"days": terms.reversal_days}
    return [first, *in_words(terms.reversal_conditions, event_fields(terms.reversal_trigger))]


def points_of_terms(terms: RuleTerms) -> dict[str, list[str]]:
    """Label → sentences, always the same points in the same order."""
    known = fields_of(terms.trigger) if terms.trigger in triggers() else {}
    labels = {name: str(field.label) for name, field in known.items()}
    after = labels.get(terms.available_after, terms.available_after)
    return {
        _("Name of the rule"): [f"{terms.name_zh} · {terms.name_en}"],
        _("Group"): [str(Group(terms.group).label) if terms.group in Group.values else terms.group],
        _("Pays"): [_("yes") if terms.live else _("no, it is switched off")],
        _("Event"): [trigger_name(terms.trigger)],
        _("If"): in_words(terms.conditions, known) or [_("always")],
        _("How many points"): [how_many(terms)],
        _("Counted"): [once(terms, labels)],
        _("At most, each member"): caps(terms),
        _("Valid"): [window(terms.starts_at, terms.ends_at)],
        _("Budget"): [
            _("%(points)s, which is %(money)s")
            % {"points": points_in_words(terms.budget), "money": money_in_words(terms.budget)}
            if terms.budget
            else _("none")
        ],
        _("Can be spent"): [_("after: %(date)s") % {"date": after} if after else _("at once")],
        _("Taken back"): reversal(terms, labels),
        _("Two people look at it"): [
            _("above %(points)s") % {"points": points_in_words(terms.approval_above)}
            if terms.approval_above
            else _("never")
        ],
    }


def times(campaign: EarningCampaign) -> str:
    return f"× {campaign.multiplier.normalize():f}"


def lines(terms: RuleTerms, before: RuleTerms | None = None) -> list[Line]:
    then = points_of_terms(before) if before else {}
    return [Line(label, text, then.get(label)) for label, text in points_of_terms(terms).items()]


def campaign_lines(campaign: EarningCampaign, rule_names: Mapping[str, Any]) -> list[Line]:
    """`rule_names`: code → name, of rules that there are."""
    budget = campaign.budget
    found = {
        _("Name of the campaign"): [f"{campaign.name_zh} · {campaign.name_en}"],
        _("Times"): [times(campaign)],
        _("Rules"): [str(rule_names.get(code, code)) for code in campaign.rules],
        _("Valid"): [window(campaign.starts_at, campaign.ends_at)],
        _("Budget"): [
            _("%(points)s, which is %(money)s") % {"points": points_in_words(budget), "money": money_in_words(budget)}
            if budget
            else _("none")
        ],
    }
    return [Line(label, text) for label, text in found.items()]
