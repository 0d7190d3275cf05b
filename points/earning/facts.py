"""What happened that may earn points, whoever tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from members.ages import age_on
from members.catalogue import event_specs
from members.intake.forms import day
from members.minors import ADULT_FROM
from members.models import Customer, Member, PolicyEvent, PolicyRole
from points.article_116 import forbidden_services, forbidden_triggers
from points.earning.vocabulary import Kind, event_fields, service_kind


class UnknownTrigger(LookupError):
    """No event of this code is in the catalogue."""


class UnknownFields(ValueError):
    """An event does not tell such fields, or not with such values."""


@dataclass(frozen=True)
class EarningFact:
    """`cause` never repeats for a trigger and a member (at most 110 characters, no personal data). `fields`: what the
    event tells, by bare name. `member_id` is None where nobody with an account is concerned: nobody earns then, but
    what was paid before may be taken back."""

    trigger: str
    cause: str
    member_id: int | None
    occurred_at: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """By the names that conditions use."""
        return {f"event.{name}": value for name, value in self.fields.items()}

    @property
    def policy_no(self) -> str:
        return str(self.fields.get("policy_no") or "")

    @property
    def service(self) -> str:
        return str(self.fields.get("service") or "")

    @property
    def rewards_nothing(self) -> bool:
        """Insurance Law art. 116: whatever a rule says."""
        return self.trigger in forbidden_triggers() or self.service in forbidden_services()


def checked_fact(fact: EarningFact) -> EarningFact:
    """Of what a package above tells: the fact with what follows from it. Raises UnknownTrigger, UnknownFields."""
    if fact.trigger not in event_specs():
        raise UnknownTrigger(fact.trigger)
    known = event_fields(fact.trigger)
    fields = dict(fact.fields)
    if "service" in fields and "event.kind" in known:
        fields["kind"] = service_kind(fields["service"])
    for name in fields:
        field = known.get(f"event.{name}")
        if field and field.kind == Kind.DATE and isinstance(fields[name], str):
            fields[name] = day(fields[name])
    wrong = [name for name, value in fields.items() if not fits(known.get(f"event.{name}"), value)]
    if wrong:
        raise UnknownFields(f"{fact.trigger}: {', '.join(sorted(wrong))}")
    return EarningFact(fact.trigger, fact.cause, fact.member_id, fact.occurred_at, fields)


def fits(known: Any, value: object) -> bool:
    if known is None:
        return False
    if known.kind == Kind.NUMBER:
        return type(value) is int
    if known.kind == Kind.FLAG:
        return isinstance(value, bool)
    if known.kind == Kind.DATE:
        return type(value) is date
    return isinstance(value, str) and (not known.choices or value in known.choices())


def facts_of_policy_events(events: Sequence[PolicyEvent]) -> list[EarningFact]:
    """One each, in their order; a fixed number of queries.

    The account is that of whom the event names (`customer_no`), else of the person in the first of its roles in the
    policy; a child's points go to the guardian, else to the policyholder. Nobody's where it can't be told who is meant.
    """
    people = People.of(events)
    return [
        EarningFact(
            trigger=event.type,
            cause=f"policy:{event.pk}",
            member_id=people.member_of(event),
            occurred_at=event.occurred_at,
            fields=told(event),
        )
        for event in events
    ]


def told(event: PolicyEvent) -> dict[str, Any]:
    """What of its data a rule may ask about."""
    found: dict[str, Any] = {}
    for name, known in event_fields(event.type).items():
        value = event.data.get(name.removeprefix("event."))
        if value not in (None, ""):
            found[name.removeprefix("event.")] = day(value) if known.kind == Kind.DATE else value
    return found


@dataclass(frozen=True)
class People:
    """Whom a batch of policy events may concern."""

    by_number: Mapping[str, Customer]
    by_id: Mapping[int, Customer]
    in_policy: Mapping[str, Mapping[str, Sequence[int]]]
    accounts: Mapping[int, int]

    @classmethod
    def of(cls, events: Sequence[PolicyEvent]) -> "People":
        numbers = {number for event in events if (number := named_customer(event))}
        in_policy: dict[str, dict[str, list[int]]] = {}
        of_policies = PolicyRole.objects.filter(
            policy__policy_no__in={event.data.get("policy_no") or "" for event in events}
        )
        for policy_no, role, customer_id in of_policies.order_by("pk").values_list(
            "policy__policy_no", "role", "customer_id"
        ):
            in_policy.setdefault(policy_no, {}).setdefault(role, []).append(customer_id)
        ids = {pk for roles in in_policy.values() for customers in roles.values() for pk in customers}
        known = Customer.objects.only("customer_no", "birth_date", "guardian_id", "deceased_on")
        found = [*known.filter(pk__in=ids), *known.filter(customer_no__in=numbers)]
        by_id = {customer.pk: customer for customer in found}
        guardians = {customer.guardian_id for customer in found if customer.guardian_id}
        by_id |= {customer.pk: customer for customer in known.filter(pk__in=guardians - set(by_id))}
        accounts = dict(Member.objects.filter(customer_id__in=by_id).values_list("customer_id", "pk"))
        return cls({customer.customer_no: customer for customer in found}, by_id, in_policy, accounts)

    def member_of(self, event: PolicyEvent) -> int | None:
        person = self.person_of(event)
        if person is None or person.deceased_on:
            return None
        if person.birth_date and age_on(person.birth_date, timezone.localdate(event.occurred_at)) < ADULT_FROM:
            roles = self.in_policy.get(event.data.get("policy_no") or "", {})
            adults = [person.guardian_id, *roles.get(PolicyRole.Role.POLICYHOLDER, ())]
            return next((self.accounts[pk] for pk in adults if pk and pk in self.accounts and pk != person.pk), None)
        return self.accounts.get(person.pk)

    def person_of(self, event: PolicyEvent) -> Customer | None:
        if number := named_customer(event):
            return self.by_number.get(number)
        roles = self.in_policy.get(event.data.get("policy_no") or "", {})
        main = next(iter(event_specs()[event.type].recipients), PolicyRole.Role.POLICYHOLDER)
        meant: Iterable[int] = set(roles.get(main, ()))
        return self.by_id[next(iter(meant))] if len(set(meant)) == 1 else None


def named_customer(event: PolicyEvent) -> str:
    return str(event.data.get("customer_no") or event.customer_no or "")
