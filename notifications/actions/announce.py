"""Announcing: from causes to messages, all in the caller's transaction."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from members.copying import copy_objects
from members.models import Customer, Member, PolicyEvent
from members.rows import insert_row
from notifications.causes import Cause
from notifications.clock import SHANGHAI
from notifications.composing import compose
from notifications.directory import Directory
from notifications.models import Message, PlatformEvent
from notifications.nudging import nudge_channels
from notifications.planning import Step, plan
from notifications.recipients import Recipient, recipients_of
from notifications.routes import Routes
from notifications.texts import Texts

State = Message.State
# What the daily cap leaves out: nobody was disturbed by it.
NOT_PUSHED = (State.SUPPRESSED, State.PARKED, State.FAILED, State.EXPIRED)
NOBODY = "nobody"


class WrongVariables(ValueError):
    """The values of a platform event are not the ones that its type declares, or not in machine form."""


@transaction.atomic
def announce_policy_events(events: Sequence[PolicyEvent]) -> None:
    """Makes the messages of policy events. Announcing an event again makes none."""
    routes = Routes.current()
    announce_causes([Cause.of_policy_event(event, routes) for event in events], routes)


@transaction.atomic
def announce_urgent_events(event_ids: Sequence[int]) -> None:
    """Announces those of the events that can't wait for the log to be read (EventType.urgent)."""
    routes = Routes.current()
    urgent = [code for code, event_type in routes.by_code.items() if event_type.urgent]
    announce_causes(
        [
            Cause.of_policy_event(event, routes)
            for event in PolicyEvent.objects.filter(pk__in=event_ids, type__in=urgent).order_by("pk")
        ],
        routes,
    )


@transaction.atomic
def announce_platform_event(
    *,
    code: str,
    key: str,
    values: dict[str, Any],
    customer: Customer | None = None,
    member: Member | None = None,
    mobile: str = "",
    occurred_at: datetime | None = None,
) -> None:
    """Announces what happened on the platform; `(code, key)` a second time makes nothing.

    `values` in machine form (docs/feeds.md). The recipient is the customer, else the member, else a bare mobile
    number in E.164; given with one of the others, it is where their SMS goes. Raises UnknownEventType, WrongVariables.
    """
    routes = Routes.current()
    declared = set(routes.of(code).variables)
    if declared != set(values):
        raise WrongVariables(f"{code}: declared {sorted(declared)}, given {sorted(values)}")
    for name, value in values.items():
        if not json_carries(value):
            raise WrongVariables(f"{code}: {name} is a {type(value).__name__}, not in machine form")
    event = PlatformEvent(
        code=code,
        key=key,
        data=values,
        occurred_at=occurred_at or timezone.now(),
        customer=customer,
        member=member,
        mobile=mobile,
    )
    if insert_row(event):
        announce_causes([Cause.of_platform_event(event, routes)], routes)


def json_carries(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return False
    return True


def announce_causes(causes: Sequence[Cause], routes: Routes) -> None:
    """Makes the messages of these causes, and none for a person who was told of a cause before."""
    # A type without a route tells nobody: other packages listen to it (steps walked, calls answered).
    causes = [cause for cause in causes if cause.event_type.channels and cause.event_type.recipients]
    if not causes:
        return
    texts, directory, now = Texts.current(routes), Directory.of(causes), timezone.now()
    told = {cause.key: recipients_of(cause, directory) for cause in causes}
    before = told_before(causes)
    pushed = pushed_today(causes, told, now)
    messages = []
    for cause in causes:
        for recipient in told[cause.key]:
            if recipient.key in before[cause.key]:
                continue
            capped = pushed[recipient.key] >= settings.DAILY_CAP
            steps = plan(cause.event_type, recipient, capped=capped)
            made = [compose(cause, recipient, step, texts=texts, now=now) for step in steps]
            if not cause.event_type.mandatory and any(counts_for_cap(message) for message in made):
                pushed[recipient.key] += 1
            messages += made
        if not told[cause.key] and not before[cause.key]:
            messages.append(nobody_to_tell(cause, texts=texts, now=now))
    # A race with another announcement of the same cause is refused as a whole; tried again, it finds who was told.
    copy_objects(messages)
    urgent = {cause.key for cause in causes if cause.event_type.urgent}
    nudge_channels((message.channel, message.cause in urgent) for message in messages if message.state == State.PENDING)


def told_before(causes: Sequence[Cause]) -> dict[str, set[str]]:
    """The recipients of earlier messages, by cause.

    What is unique in the database is one channel: whoever has chosen another since would be told there once more.
    """
    before: dict[str, set[str]] = {cause.key: set() for cause in causes}
    for key, recipient in Message.objects.filter(cause__in=before).values_list("cause", "recipient"):
        before[key].add(recipient)
    return before


def counts_for_cap(message: Message) -> bool:
    return message.track == Message.Track.PUSH and message.state not in NOT_PUSHED


def pushed_today(causes: Sequence[Cause], told: dict[str, list[Recipient]], now: datetime) -> Counter[str]:
    """Of how many refusable causes messages were pushed today, by recipient; a second channel is no further one.

    Only those who may get another are counted, among them nobody who is known by a number alone.
    """
    refusable = [r for cause in causes if not cause.event_type.mandatory for r in told[cause.key]]
    customers = {recipient.customer.pk for recipient in refusable if recipient.customer}
    members = {recipient.member.pk for recipient in refusable if recipient.member and not recipient.customer}
    if not customers and not members:
        return Counter()
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return Counter(
        dict(
            Message.objects.filter(
                Q(customer_id__in=customers) | Q(customer_id=None, member_id__in=members),
                track=Message.Track.PUSH,
                created_at__gte=midnight,
                event_type__mandatory=False,
            )
            .exclude(state__in=NOT_PUSHED)
            .values_list("recipient")
            .annotate(Count("cause", distinct=True))
        )
    )


def nobody_to_tell(cause: Cause, *, texts: Texts, now: datetime) -> Message:
    """The trace of a cause without recipients: nothing is silent."""
    step = Step(Message.Track.PUSH, cause.event_type.channels[0], suppressed=Message.Suppression.NO_RECIPIENT)
    nobody = Recipient(role=cause.event_type.recipients[0], mobile="-")
    message = compose(cause, nobody, step, texts=texts, now=now)
    message.recipient = NOBODY
    message.address = ""
    return message
