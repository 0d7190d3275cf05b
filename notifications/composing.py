"""From a cause, a recipient and a step to a Message row with its text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from members.models import Language
from notifications.causes import Cause
from notifications.clock import SHANGHAI, quiet_until
from notifications.liquid import TemplateFault
from notifications.models import Channel, Message, Role
from notifications.planning import PUSH, Step
from notifications.recipients import Recipient
from notifications.texts import Text, Texts

State = Message.State
# An agent reads the customer's own text, told whose it is.
AGENT_COPY = {
    Language.CHINESE: "客户{name}（抄送服务人员）：{body}",
    Language.ENGLISH: "Copy to the adviser of {name}: {body}",
}


def compose(cause: Cause, recipient: Recipient, step: Step, *, texts: Texts, now: datetime) -> Message:
    """An unsaved Message. A text that is missing or fails leaves it parked with the reason; nothing is raised."""
    event_type = cause.event_type
    message = Message(
        cause=cause.key,
        policy_event_id=cause.policy_event_id,
        platform_event_id=cause.platform_event_id,
        event_type_id=event_type.code,
        policy_no=cause.policy_no,
        recipient=recipient.key,
        role=recipient.role,
        customer_id=recipient.customer.pk if recipient.customer else None,
        member_id=recipient.member.pk if recipient.member else None,
        agent_id=recipient.agent.pk if recipient.agent else None,
        channel=step.channel,
        track=step.track,
        next_channels=list(step.next_channels),
        language=recipient.language,
        address=recipient.addresses.get(step.channel, ""),
        priority=event_type.priority,
        state=State.PENDING,
        send_after=now,
        created_at=now,
        expires_at=cause.expires_at,
        due_at=cause.due_at,
    )
    if step.suppressed:
        message.state, message.reason, message.ended_at = State.SUPPRESSED, step.suppressed, now
        return message
    write(message, cause, recipient, texts=texts)
    if message.state == State.PARKED:
        return message
    if step.channel == Channel.APP:
        # The row is the delivery: the member's inbox reads it.
        message.state, message.sent_at, message.delivered_at, message.ended_at = State.DELIVERED, now, now, now
    elif step.channel in PUSH and event_type.respects_quiet_hours:
        message.waits_at_night = True
        message.send_after = quiet_until(now) or now
    return message


def write(message: Message, cause: Cause, recipient: Recipient, *, texts: Texts) -> None:
    """Puts the text into the message, or parks it. Whom the event doesn't name is addressed by their own name."""
    values = cause.values
    if not recipient.named and "customer_name" in values:
        values = {**values, "customer_name": recipient.courtesy_name(recipient.language)}
    try:
        text = texts.find(cause.event_type.code, text_channel(message.channel), recipient.language)
        if text is None:
            raise TemplateFault(f"no published text for {cause.event_type.code}, {text_channel(message.channel)}")
        render(message, text, values, cause, recipient)
    except TemplateFault as fault:
        message.state, message.reason = State.PARKED, str(fault)[:500]


def render(message: Message, text: Text, values: Mapping[str, Any], cause: Cause, recipient: Recipient) -> None:
    message.template_revision_id = text.revision_id
    if message.channel in (Channel.ELETTER, Channel.LETTER):
        letter = text.render_letter(
            dict(values),
            addressee=recipient.name,
            postal_lines=recipient.postal_lines,
            reference=cause.policy_no or str(values.get("application_no") or cause.key),
            dated_on=timezone.now().astimezone(SHANGHAI).date(),
        )
        message.title, message.body = letter.title, letter.to_json()
        return
    message.title, message.body = text.render(dict(values))
    if recipient.role == Role.AGENT:
        message.body = AGENT_COPY[Language(text.language)].format(
            name=values.get("customer_name", ""), body=message.body
        )


def text_channel(channel: str) -> str:
    """An e-letter and its paper twin are one document with one text."""
    return Channel.LETTER if channel == Channel.ELETTER else channel
