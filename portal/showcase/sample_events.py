"""A policy event for a person, filled with what the book knows and the catalogue's examples, ready to be sent."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.actions.accept_events import EventResult, accept_events
from members.catalogue import EventSpec, event_specs
from members.models import Policy, PolicyEvent, PolicyRole
from notifications.areas import area_name
from notifications.examples import example_values
from notifications.labels import label
from portal.showcase.people import Person

SOURCE = "/showcase"
DEFAULT_TYPE = "renewal.debit_failed"
#: The day on which the catalogue's example dates were written.
EXAMPLES_ON = date(2026, 3, 10)
POLICY_NO_MAY_BE_EMPTY = ("complaint.", "hotline.", "other.")  # docs/feeds.md


@dataclass(frozen=True)
class Sent:
    """What became of a sample event: the intake's answer, and its state in the log if that is where it is."""

    result: EventResult
    state: PolicyEvent.State | None

    @property
    def outcome(self) -> str:
        """What to tell the visitor; empty when the event was not accepted."""
        return str(OUTCOMES[self.state]) if self.state else ""


def offered_types(person: Person, policy: Policy | None, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The policy events that can be sent for this person, as (area, [(code, name)]) groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for spec in event_specs().values():
        if spec.platform or (person.agent and "agent" not in spec.recipients):
            continue
        if not policy and "policy_no" in spec.variables and not spec.code.startswith(POLICY_NO_MAY_BE_EMPTY):
            continue
        name = spec.name_en if language == "en" else spec.name_zh
        groups.setdefault(area_name(spec.area), []).append((spec.code, name))
    return list(groups.items())


def sample_values(spec: EventSpec, person: Person, policy: Policy | None, language: str) -> dict[str, str | int]:
    """A value for every variable of the type, in machine form (docs/feeds.md)."""
    values = example_values(spec.variables, language)
    ahead = timezone.localdate() - EXAMPLES_ON
    for name, kind in spec.variables.items():
        if kind in ("date", "datetime"):
            values[name] = moved(str(values[name]), ahead)
    known = book_values(person, policy, language)
    values |= {name: known[name] for name in values if known.get(name)}
    if "policy_no" in values and not policy:
        values["policy_no"] = ""
    if "otp" in values:
        values["otp"] = f"{secrets.randbelow(1_000_000):06}"
    return values


def moved(text: str, ahead: timedelta) -> str:
    """`2026-03-31` or `2026-03-10T14:26:00+08:00`, so many days later."""
    day, separator, rest = text.partition("T")
    return (date.fromisoformat(day) + ahead).isoformat() + separator + rest


def book_values(person: Person, policy: Policy | None, language: str) -> dict[str, str]:
    """What the mirror knows, by the variables' names."""
    if not policy:
        return {"customer_name": person.name}
    holder = named(policy, PolicyRole.Role.POLICYHOLDER)
    money = {"premium": policy.premium, "account_value": policy.account_value, "principal": policy.loan_balance}
    return {
        "policy_no": policy.policy_no,
        "customer_name": holder or person.name,
        "policyholder_name": holder,
        "insured_name": named(policy, PolicyRole.Role.INSURED),
        "product_name": policy.product.name_en if language == "en" else policy.product.name_zh,
        "agent_name": policy.agent.name if policy.agent else "",
        "agent_mobile": policy.agent.mobile if policy.agent else "",
        **{name: f"{value:.2f}" for name, value in money.items() if value is not None},
    }


def named(policy: Policy, role: str) -> str:
    part = policy.roles.filter(role=role).select_related("customer").order_by("pk").first()
    return part.customer.name if part else ""


class SampleEventForm(forms.Form):
    """A field for every variable that the type declares."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        spec: EventSpec,
        language: str,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, auto_id="variable-%s", label_suffix="", initial=dict(initial or {}))
        for name, kind in spec.variables.items():
            self.fields[name] = field_for(kind, label(name, language), name != "policy_no")

    def fault(self, pointer: str, text: str) -> None:
        """Shows what the intake found at `/data/<variable>`, or above the form."""
        name = pointer.removeprefix("/data/")
        self.add_error(name if name in self.fields else None, text)


def field_for(kind: str, text: str, required: bool) -> forms.Field:
    if kind == "int":
        return forms.IntegerField(label=text, required=required)
    if kind == "date":
        return IsoDateField(label=text, required=required, widget=forms.DateInput(attrs={"type": "date"}))
    return forms.CharField(label=text, required=required, max_length=500)


class IsoDateField(forms.DateField):
    """A date that stays the text it is in an event."""

    input_formats = ["%Y-%m-%d"]

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return day.isoformat() if day else ""


def send_sample(*, spec: EventSpec, person: Person, policy: Policy | None, data: Mapping[str, Any]) -> Sent:
    """Sends the event through the intake, as the insurer's core would. The answer is the intake's own."""
    data = dict(data)
    if person.customer and names_the_person(spec, person, policy, data):
        data["customer_no"] = person.number
    elif policy and "application_no" in spec.variables and "policy_no" not in data:
        data["customer_no"] = holder_no(policy)
    subject = data.get("policy_no") or (
        data.get("application_no") if "application_no" in spec.variables else data.get("customer_no")
    )
    event_id = f"showcase-{uuid4()}"
    (result,) = accept_events(
        raw=[
            {
                "specversion": "1.0",
                "id": event_id,
                "source": SOURCE,
                "type": spec.code,
                "subject": subject,
                "time": (timezone.localtime() - timedelta(seconds=1)).isoformat(timespec="seconds"),
                "datacontenttype": "application/json",
                "data": data,
            }
        ]
    )
    kept = PolicyEvent.objects.filter(source=SOURCE, event_id=event_id).first()
    return Sent(result, PolicyEvent.State(kept.state) if kept else None)


def names_the_person(spec: EventSpec, person: Person, policy: Policy | None, data: Mapping[str, Any]) -> bool:
    """An event names its person where no policy does, or where the policy names somebody else first."""
    if not policy or not data.get("policy_no"):
        return True
    role = PolicyRole.Role.POLICYHOLDER
    return not policy.roles.filter(customer=person.customer, role=role).exists()


def holder_no(policy: Policy) -> str:
    part = policy.roles.filter(role=PolicyRole.Role.POLICYHOLDER).select_related("customer").first()
    return part.customer.customer_no if part else ""


#: What a visitor is told about an accepted event, by its state in the log.
OUTCOMES = {
    PolicyEvent.State.PUBLISHED: _("Accepted. Watch the devices: it is on its way."),
    PolicyEvent.State.WAITING_SUBJECT: _("Accepted, but it waits: its policy or customer is not in the book yet."),
    PolicyEvent.State.ALREADY_ANNOUNCED: _(
        "Accepted, but this was announced already: a scheduled event goes out once. "
        "Choose another date to see it again."
    ),
}
