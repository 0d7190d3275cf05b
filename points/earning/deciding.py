"""How many points a rule pays for what happened, or why none; a pure function of rule, event and what was paid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from members.calendar.finding import SHANGHAI
from members.crypto import keyed_hash
from points.earning.conditions import hold
from points.earning.facts import EarningFact
from points.earning.vocabulary import points_of_commitment, points_of_service
from points.models import EarningCampaign, EarningRule, RuleTerms, Source
from points.terms import expiry


class Why(TextChoices):
    """Why a rule pays nothing for what happened."""

    NO_ACCOUNT = "no_account", _("nobody with an account is concerned")
    FORBIDDEN = "forbidden", _("the service may earn nothing (Insurance Law art. 116)")
    BEFORE = "before", _("it happened before the rule paid")
    OUTSIDE = "outside", _("outside the time of the rule")
    CONDITIONS = "conditions", _("a condition does not hold")
    EARNS_NOTHING = "earns_nothing", _("the catalogue gives no points for it")
    PAID_ALREADY = "paid_already", _("paid already")
    UNDONE = "undone", _("undone before the rule was told of it")
    TOO_SOON = "too_soon", _("paid for the same not long ago")
    CAP = "cap", _("the most that may be paid is reached")
    BUDGET = "budget", _("the budget is spent")
    NEVER_USABLE = "never_usable", _("the points would end before they could be spent")


@dataclass(frozen=True)
class Award:
    """What is to be paid. Keys as in RulePayment."""

    points: int
    fact: str
    cause: str
    once_key: str
    match_key: str
    earned_on: date
    available_at: datetime | None = None
    bonus: int = 0
    campaign: EarningCampaign | None = None

    @property
    def total(self) -> int:
        return self.points + self.bonus


@dataclass
class PaidSoFar:
    """What one rule has paid one member, as far as its caps ask; what was taken back is not in it.

    `by_day`: points by day since the beginning of the year of the earliest event in question. `once`: when something
    was paid, by once key. `facts` beside `causes`: what is paid once may have been something else then.
    """

    lifetime: int = 0
    by_day: dict[date, int] = field(default_factory=dict)
    once: dict[str, list[date]] = field(default_factory=dict)
    causes: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)

    def add(self, award: Award) -> None:
        self.causes.add(award.cause)
        self.facts.add(award.fact)
        self.lifetime += award.points
        self.by_day[award.earned_on] = self.by_day.get(award.earned_on, 0) + award.points
        if award.once_key:
            self.once.setdefault(award.once_key, []).append(award.earned_on)

    def take_back(self, *, points: int, earned_on: date, once_key: str) -> None:
        """The cause stays: it is paid once, even if that is taken back."""
        self.lifetime -= points
        self.by_day[earned_on] = self.by_day.get(earned_on, 0) - points
        if earned_on in self.once.get(once_key, ()):
            self.once[once_key].remove(earned_on)

    def room(self, terms: RuleTerms, day: date) -> int | None:
        """How many points the caps leave on this day; None where there is no cap."""
        month = sum(points for on, points in self.by_day.items() if (on.year, on.month) == (day.year, day.month))
        year = sum(points for on, points in self.by_day.items() if on.year == day.year)
        used = {
            "cap_day": self.by_day.get(day, 0),
            "cap_month": month,
            "cap_year": year,
            "cap_lifetime": self.lifetime,
        }
        left = [cap - used[name] for name, cap in terms.caps.items()]
        return max(min(left), 0) if left else None


@dataclass(frozen=True)
class Case:
    """A rule, what happened, and the values of the fields that the rule asks about."""

    terms: RuleTerms
    fact: EarningFact
    values: Mapping[str, Any]
    #: What happened earlier pays nothing; None for a rule on trial.
    since: datetime | None = None
    #: Points that are left of the rule's budget, None where it has none.
    budget_left: int | None = None
    #: When it would be booked; None for a rule on trial.
    at: datetime | None = None

    @property
    def earned_on(self) -> date:
        return self.fact.occurred_at.astimezone(SHANGHAI).date()


def digest(purpose: str, values: Iterable[Any]) -> str:
    """32 characters that are equal where the values are, and tell nothing else."""
    return keyed_hash("\x1f".join("" if value is None else str(value) for value in values).encode(), purpose)[:16].hex()


def key_of(fields: Sequence[str], fact: EarningFact, *, whole: bool) -> str:
    """A digest of what the event tells in these fields; empty where it tells nothing, or, if `whole`, not all."""
    told = {name: fact.values.get(name) for name in sorted(fields)}
    known = [value not in (None, "") for value in told.values()]
    return digest("earning", [*told, *told.values()]) if (all if whole else any)(known) and known else ""


def cause_of(terms: RuleTerms, fact: EarningFact) -> tuple[str, str] | None:
    """(cause, once key) of what may be paid once; None where the event does not tell what the rule pays once for."""
    if not terms.once_per:
        return fact.cause, ""
    once_key = key_of(terms.once_per, fact, whole=False)
    if not once_key:
        return None
    return (fact.cause if terms.once_days else f"once:{once_key}"), once_key


def decide(case: Case, paid: PaidSoFar, campaigns: Sequence[tuple[EarningCampaign, int | None]] = ()) -> Award | Why:
    """What the rule pays a member for it, or why nothing. `campaigns` with the points that are left of their budgets.

    Of what the caps leave less than the whole, the rest is paid; a budget that doesn't suffice for a payment pays none.
    Of several campaigns the one that multiplies most applies, never two; they don't count against the rule's caps.
    """
    terms, fact = case.terms, case.fact
    if why := refusal(case):
        return why
    points = points_of(terms, fact)
    if not points:
        return Why.EARNS_NOTHING
    found = cause_of(terms, fact)
    if found is None:
        return Why.CONDITIONS
    cause, once_key = found
    if cause in paid.causes or fact.cause in paid.facts:
        return Why.PAID_ALREADY
    apart = [abs((case.earned_on - on).days) for on in paid.once.get(once_key, ())]
    if terms.once_days and apart and min(apart) < terms.once_days:
        return Why.TOO_SOON
    if never_usable(case):
        return Why.NEVER_USABLE
    room = paid.room(terms, case.earned_on)
    if room == 0:
        return Why.CAP
    points = points if room is None else min(points, room)
    if case.budget_left is not None and points > case.budget_left:
        return Why.BUDGET
    campaign, bonus = best(campaigns, case, points)
    return Award(
        points=points,
        fact=fact.cause,
        cause=cause,
        once_key=once_key,
        match_key=match_key_of(terms, fact),
        earned_on=case.earned_on,
        available_at=available_at(terms, case.values),
        bonus=bonus,
        campaign=campaign,
    )


def refusal(case: Case) -> Why | None:
    """What stands against it before anything is counted."""
    terms, fact = case.terms, case.fact
    if fact.member_id is None:
        return Why.NO_ACCOUNT
    if fact.rewards_nothing:
        return Why.FORBIDDEN
    if case.since and fact.occurred_at < case.since:
        return Why.BEFORE
    if (terms.starts_at and fact.occurred_at < terms.starts_at) or (
        terms.ends_at and fact.occurred_at >= terms.ends_at
    ):
        return Why.OUTSIDE
    if not hold(terms.conditions, case.values):
        return Why.CONDITIONS
    return None


def points_of(terms: RuleTerms, fact: EarningFact) -> int:
    """What the rule gives for it before caps."""
    if terms.source == Source.SERVICE:
        return points_of_service(fact.service)
    if terms.source == Source.COMMITMENT:
        return points_of_commitment(str(fact.fields.get("commitment") or ""))
    return terms.points or 0


def available_at(terms: RuleTerms, values: Mapping[str, Any]) -> datetime | None:
    """The beginning of the day after the date that the rule waits for; None where it waits for nothing."""
    last = values.get(terms.available_after) if terms.available_after else None
    return datetime.combine(last + timedelta(days=1), time.min, SHANGHAI) if isinstance(last, date) else None


def never_usable(case: Case) -> bool:
    """Whether the points would have ended by now, or the date that the rule waits for is their last day, or later."""
    if case.at is not None and case.at >= expiry(case.fact.occurred_at):
        return True
    last = case.values.get(case.terms.available_after) if case.terms.available_after else None
    return isinstance(last, date) and last >= expiry(case.fact.occurred_at).date() - timedelta(days=1)


def best(
    campaigns: Sequence[tuple[EarningCampaign, int | None]], case: Case, points: int
) -> tuple[EarningCampaign | None, int]:
    """The campaign that adds most, and what it adds; campaigns whose budget doesn't suffice are passed over."""
    for campaign, left in sorted(campaigns, key=lambda each: (-each[0].multiplier, each[0].pk or 0)):
        if case.terms.code not in campaign.rules:
            continue
        if not campaign.starts_at <= case.fact.occurred_at < campaign.ends_at:
            continue
        bonus = int((points * (campaign.multiplier - 1)).quantize(1, ROUND_HALF_UP))
        if bonus and (left is None or bonus <= left):
            return campaign, bonus
    return None, 0


def takes_back(rule: EarningRule | RuleTerms, fact: EarningFact, values: Mapping[str, Any]) -> str:
    """The match key of what this event takes back by the rule; empty where it takes back nothing."""
    if not rule.reversal_trigger or rule.reversal_trigger != fact.trigger or not hold(rule.reversal_conditions, values):
        return ""
    return key_of(rule.reversal_match, fact, whole=True)


def match_key_of(terms: RuleTerms, fact: EarningFact) -> str:
    """By which a later event takes back what this one earns; empty where none can."""
    return key_of(terms.reversal_match, fact, whole=True) if terms.reversal_match else ""


def in_time(rule: RuleTerms, *, paid_for: datetime, taken_back_for: datetime) -> bool:
    """Whether the later event comes soon enough after the earlier to take points back."""
    if taken_back_for < paid_for:
        return False
    return rule.reversal_days is None or taken_back_for < paid_for + timedelta(days=rule.reversal_days)
