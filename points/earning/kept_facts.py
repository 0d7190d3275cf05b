"""Platform events that are kept as rows, as facts that may earn points: when they happen, and for a simulation."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import QuerySet

from members.calendar.finding import SHANGHAI
from members.models import AccountEvent, Level, LevelGrant, Member, MembershipEvent
from points.earning.facts import EarningFact

Code = MembershipEvent.Code
LAST_MINUTE = time(23, 59)


def of_registrations(members: Iterable[Member]) -> Iterator[EarningFact]:
    for member in members:
        yield EarningFact("membership.registered", f"member:{member.pk}", member.pk, member.created_at)


def of_links(events: Iterable[AccountEvent]) -> Iterator[EarningFact]:
    for event in events:
        yield EarningFact("membership.channel_bound", f"account_event:{event.pk}", event.member_id, event.occurred_at)


def of_grants(found: Iterable[LevelGrant]) -> Iterator[EarningFact]:
    for grant in found:
        trigger = "verification.advanced_passed" if grant.level == Level.ADVANCED else "verification.policy_bound"
        yield EarningFact(trigger, f"level_grant:{grant.pk}", grant.member_id, grant.granted_at)


def of_membership_events(events: Iterable[MembershipEvent]) -> Iterator[EarningFact]:
    """By code and period, not by row: rows are moved between accounts, and what they tell of is the same."""
    for event in events:
        yield EarningFact(event.code, f"{event.code}:{event.period}", event.member_id, moment_of(event))


def moment_of(event: MembershipEvent) -> datetime:
    """Within the period that the event belongs to, though it may have been raised a day or some later."""
    raised = event.raised_at.astimezone(SHANGHAI)
    if not event.period:
        return event.raised_at
    if event.code == Code.SIGNED_IN_DAILY and event.period != str(raised.date()):
        return datetime.combine(date.fromisoformat(event.period), LAST_MINUTE, SHANGHAI)
    if event.code in (Code.BIRTHDAY, Code.ANNIVERSARY) and event.period != str(raised.year):
        return datetime.combine(date(int(event.period), 12, 31), LAST_MINUTE, SHANGHAI)
    return event.raised_at


def registrations(ids: Iterable[int]) -> list[EarningFact]:
    return list(of_registrations(Member.objects.filter(pk__in=ids).only("created_at")))


def links(keys: Iterable[str]) -> list[EarningFact]:
    """`keys` as WeChatLinked carries them: `account_event:7`."""
    ids = [int(key.partition(":")[2]) for key in keys]
    return list(of_links(AccountEvent.objects.filter(pk__in=ids)))


def membership_events(ids: Iterable[int]) -> list[EarningFact]:
    return list(of_membership_events(MembershipEvent.objects.filter(pk__in=ids)))


def grants(ids: Iterable[int]) -> list[EarningFact]:
    return list(of_grants(LevelGrant.objects.filter(pk__in=ids)))


def advanced_grants_of(member_id: int) -> list[EarningFact]:
    """The newest one that is live, if any."""
    live = LevelGrant.objects.live().filter(member=member_id, level=Level.ADVANCED)
    return list(of_grants(live.order_by("-granted_at")[:1]))


@dataclass(frozen=True)
class KeptFacts:
    """Where events of a type are kept. `moment`: the column that says when; `facts` makes them of the rows."""

    rows: Callable[[], QuerySet]
    moment: str
    facts: Callable[[Iterable], Iterator[EarningFact]]


def kept(code: str) -> KeptFacts:
    return KeptFacts(lambda: MembershipEvent.objects.filter(code=code), "raised_at", of_membership_events)


#: By trigger. Packages above add theirs by `register_kept_facts`.
_kept: dict[str, tuple[KeptFacts, ...]] = {}


def register_kept_facts(trigger: str, *sources: KeptFacts) -> None:
    """Once for each type of event that a package keeps, when the package starts, so that it can be simulated.

    `sources`: each table that keeps some of them, with an index by its moment where it grows large.
    """
    if trigger in _kept:
        raise ValueError(f"{trigger} is registered already")
    _kept[trigger] = sources


def kept_facts_of(trigger: str) -> tuple[KeptFacts, ...]:
    """Empty where no package keeps rows of it; it may yet be in the policy-event log."""
    return _kept.get(trigger, ())


register_kept_facts(
    "membership.registered", KeptFacts(lambda: Member.objects.filter(is_staff=False), "created_at", of_registrations)
)
register_kept_facts(
    "membership.channel_bound",
    KeptFacts(lambda: AccountEvent.objects.filter(kind=AccountEvent.Kind.LINKED), "occurred_at", of_links),
)
register_kept_facts(
    "verification.policy_bound",
    KeptFacts(lambda: LevelGrant.objects.filter(level=Level.VERIFIED), "granted_at", of_grants),
)
register_kept_facts(
    "verification.advanced_passed",
    KeptFacts(lambda: LevelGrant.objects.filter(level=Level.ADVANCED), "granted_at", of_grants),
)
for code in Code.values:
    register_kept_facts(code, kept(code))
