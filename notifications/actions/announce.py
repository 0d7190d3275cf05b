"""Announcing: from causes to messages, all in the caller's transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from members.models import Customer, Member, PolicyEvent
from members.rows import insert_rows
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


class WrongVariables(ValueError):
    """The values of a platform event are not the ones that its type declares."""


@transaction.atomic
def announce_policy_events(events: Sequence[PolicyEvent]) -> None:
    """Makes the messages of policy events. Announcing an event again makes none."""
    routes = Routes.current()
    announce_causes([Cause.of_policy_event(event, routes) for event in events])


@transaction.atomic
def announce_urgent_events(event_ids: Sequence[int]) -> None:
    """Announces those of the events that can't wait for the log to be read (EventType.urgent)."""
    routes = Routes.current()
    urgent = [code for code, event_type in routes.by_code.items() if event_type.urgent]
    announce_causes(
        [
            Cause.of_policy_event(event, routes)
            for event in PolicyEvent.objects.filter(pk__in=event_ids, type__in=urgent).order_by("pk")
        ]
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
    number in E.164. Raises UnknownEventType, WrongVariables.
    """
    routes = Routes.current()
    declared = set(routes.of(code).variables)
    if declared != set(values):
        raise WrongVariables(f"{code}: declared {sorted(declared)}, given {sorted(values)}")
    event, created = PlatformEvent.objects.get_or_create(
        code=code,
        key=key,
        defaults={
            "data": values,
            "occurred_at": occurred_at or timezone.now(),
            "customer": customer,
            "member": member,
            "mobile": mobile,
        },
    )
    if created:
        announce_causes([Cause.of_platform_event(event, routes)])


def announce_causes(causes: Sequence[Cause]) -> None:
    # A type without a route tells nobody: other packages listen to it (steps walked, calls answered).
    causes = [cause for cause in causes if cause.event_type.channels]
    if not causes:
        return
    texts, directory, now = Texts.current(), Directory.of(causes), timezone.now()
    told = {cause.key: recipients_of(cause, directory) for cause in causes}
    pushed = pushed_today(causes, told, now)
    messages = []
    for cause in causes:
        for position, recipient in enumerate(told[cause.key]):
            capped = pushed[recipient.key] >= settings.DAILY_CAP
            steps = plan(cause.event_type, recipient, capped=capped)
            for step in steps:
                messages.append(compose(cause, recipient, step, texts=texts, now=now, main=position == 0))
            if not cause.event_type.mandatory and any(counts_for_cap(step) for step in steps):
                pushed[recipient.key] += 1
        if not told[cause.key]:
            messages.append(nobody_to_tell(cause, texts=texts, now=now))
    insert_rows(messages)
    urgent = {cause.key for cause in causes if cause.event_type.urgent}
    nudge_channels(
        (message.channel, message.cause in urgent) for message in messages if message.state == Message.State.PENDING
    )


def counts_for_cap(step: Step) -> bool:
    return step.track == Message.Track.PUSH and not step.suppressed


def pushed_today(causes: Sequence[Cause], told: dict[str, list[Recipient]], now: datetime) -> Counter[str]:
    """How many refusable messages were pushed today, by recipient; only those who may get another are counted."""
    concerned = {
        recipient.customer.pk
        for cause in causes
        if not cause.event_type.mandatory
        for recipient in told[cause.key]
        if recipient.customer
    }
    if not concerned:
        return Counter()
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return Counter(
        dict(
            Message.objects.filter(
                customer_id__in=concerned,
                track=Message.Track.PUSH,
                created_at__gte=midnight,
                event_type__mandatory=False,
            )
            .exclude(state=Message.State.SUPPRESSED)
            .values_list("recipient")
            .annotate(Count("pk"))
        )
    )


def nobody_to_tell(cause: Cause, *, texts: Texts, now: datetime) -> Message:
    """The trace of a cause without recipients: nothing is silent."""
    step = Step(Message.Track.PUSH, cause.event_type.channels[0], suppressed=Message.Suppression.NO_RECIPIENT)
    nobody = Recipient(role=cause.event_type.recipients[0], mobile="-")
    message = compose(cause, nobody, step, texts=texts, now=now, main=True)
    message.recipient = "nobody"
    message.address = ""
    return message
