"""A rule on trial: what it would have paid for what has really happened. Reads, and writes nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from members.models import Member, PolicyEvent
from points.earning.conditions import fields_asked
from points.earning.deciding import Award, Case, PaidSoFar, Why, decide, in_time, takes_back
from points.earning.facts import EarningFact, facts_of_policy_events
from points.earning.kept_facts import KeptFacts, kept_facts_of
from points.earning.looking_up import Values
from points.models import EarningCampaign, RuleTerms

#: The newest events of the time are looked at, up to so many.
MOST_EVENTS = 100_000
#: Looked at between two notices of how far it is.
PAGE = 500
TOP = 10


@contextmanager
def reading_only() -> Iterator[None]:
    """A transaction in which the database itself refuses every write."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield


@dataclass(frozen=True)
class Place:
    """Where an event is kept: `source` is None for the policy-event log."""

    moment: datetime
    pk: int
    source: KeptFacts | None


@dataclass
class Trial:
    """What came out so far; points are whole, days those of Shanghai.

    Each of the `events`, those that the rule is about, ended in one of the `payments`, in one of `undone` (paid, and
    taken back again), or in one of `whys`. Besides, `reversals` can only take back.
    """

    terms: RuleTerms
    campaigns: Sequence[EarningCampaign]
    events: int = 0
    reversals: int = 0
    payments: int = 0
    undone: int = 0
    points: int = 0
    bonus: int = 0
    taken_back: int = 0
    by_day: Counter[str] = field(default_factory=Counter)
    by_member: Counter[int] = field(default_factory=Counter)
    whys: Counter[str] = field(default_factory=Counter)
    paid: dict[int, PaidSoFar] = field(default_factory=lambda: defaultdict(PaidSoFar))
    added: Counter[int] = field(default_factory=Counter)
    by_match: dict[str, list[tuple[EarningFact, Award]]] = field(default_factory=lambda: defaultdict(list))

    def look_at(self, places: Sequence[Place]) -> None:
        """The next events, in their order."""
        facts = facts_at(places)
        rule = self.terms
        asked = {*fields_asked([*rule.conditions, *rule.reversal_conditions]), rule.available_after}
        values = Values.read(facts, asked)
        accounts = Member.objects.filter(pk__in={fact.member_id for fact in facts}, is_active=True, is_staff=False)
        earning = set(accounts.values_list("pk", flat=True))
        for fact in facts:
            known = values.of(fact)
            if fact.trigger == rule.trigger:
                self.events += 1
                self.decide(fact, known, has_account=fact.member_id in earning)
            elif fact.trigger == rule.reversal_trigger:
                self.reversals += 1
            if key := takes_back(rule, fact, known):
                self.take_back(fact, key)

    def decide(self, fact: EarningFact, values: dict[str, Any], *, has_account: bool) -> None:
        if not has_account or fact.member_id is None:
            self.whys[Why.NO_ACCOUNT] += 1
            return
        left = None if self.terms.budget is None else self.terms.budget - self.points
        campaigns = [
            (each, None if each.budget is None else each.budget - each.spent - self.added[each.pk])
            for each in self.campaigns
        ]
        award = decide(Case(self.terms, fact, values, budget_left=left), self.paid[fact.member_id], campaigns)
        if not isinstance(award, Award):
            self.whys[award] += 1
            return
        self.paid[fact.member_id].add(award)
        self.count(fact.member_id, award, 1)
        if award.match_key:
            self.by_match[award.match_key].append((fact, award))

    def take_back(self, fact: EarningFact, key: str) -> None:
        for earlier, award in list(self.by_match[key]):
            assert earlier.member_id is not None  # it was paid to somebody
            if earlier.cause == fact.cause or not in_time(
                self.terms, paid_for=earlier.occurred_at, taken_back_for=fact.occurred_at
            ):
                continue
            self.by_match[key].remove((earlier, award))
            self.count(earlier.member_id, award, -1)
            self.undone += 1
            self.taken_back += award.total
            self.paid[earlier.member_id].take_back(
                points=award.points, earned_on=award.earned_on, once_key=award.once_key
            )

    def count(self, member_id: int, award: Award, sign: int) -> None:
        self.payments += sign
        self.points += sign * award.points
        self.bonus += sign * award.bonus
        self.by_day[str(award.earned_on)] += sign * award.total
        self.by_member[member_id] += sign * award.total
        if award.campaign:
            self.added[award.campaign.pk] += sign * award.bonus

    def as_json(self) -> dict[str, Any]:
        """For RuleSimulation.result: points by day, reasons with their numbers, the members who would get most."""
        paid = Counter({member: points for member, points in self.by_member.items() if points})
        return {
            "events": self.events,
            "reversals": self.reversals,
            "payments": self.payments,
            "undone": self.undone,
            "points": self.points,
            "bonus": self.bonus,
            "taken_back": self.taken_back,
            "members": len(paid),
            "by_day": {day: points for day, points in sorted(self.by_day.items()) if points},
            "whys": dict(self.whys.most_common()),
            "top": sorted(paid.items(), key=lambda each: (-each[1], each[0]))[:TOP],
        }


def places_of(tried: Sequence[RuleTerms], *, since: datetime, until: datetime) -> list[Place]:
    """The newest MOST_EVENTS events that any of the rules listens to, in their order."""
    found: list[Place] = []
    for trigger in {each for terms in tried for each in (terms.trigger, terms.reversal_trigger)} - {""}:
        log = PolicyEvent.objects.published().filter(type=trigger, occurred_at__gte=since, occurred_at__lt=until)
        newest = log.order_by("-occurred_at", "-pk")[:MOST_EVENTS]
        found += [Place(moment, pk, None) for moment, pk in newest.values_list("occurred_at", "pk")]
        for source in kept_facts_of(trigger):
            column = source.moment
            rows = source.rows().filter(**{f"{column}__gte": since, f"{column}__lt": until})
            kept = rows.order_by(f"-{column}", "-pk")[:MOST_EVENTS].values_list(column, "pk")
            found += [Place(moment, pk, source) for moment, pk in kept]
    return sorted(found, key=lambda place: (place.moment, place.pk))[-MOST_EVENTS:]


def pages_of(places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    for start in range(0, len(places), PAGE):
        yield places[start : start + PAGE]


def facts_at(places: Sequence[Place]) -> list[EarningFact]:
    """What is kept there, in the order of the places."""
    by_place: dict[tuple[KeptFacts | None, int], EarningFact] = {}
    events = list(PolicyEvent.objects.filter(pk__in=[place.pk for place in places if place.source is None]))
    by_place |= {(None, event.pk): fact for event, fact in zip(events, facts_of_policy_events(events), strict=True)}
    for source in {place.source for place in places if place.source}:
        rows = list(source.rows().filter(pk__in=[place.pk for place in places if place.source == source]))
        by_place |= {(source, row.pk): fact for row, fact in zip(rows, source.facts(rows), strict=True)}
    return [by_place[place.source, place.pk] for place in places if (place.source, place.pk) in by_place]
