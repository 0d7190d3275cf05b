"""A person's decision about messages that the engine gave up or can't tell of."""

from collections.abc import Sequence
from datetime import datetime

from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from members.models import Member
from notifications.causes import Cause
from notifications.composing import write
from notifications.directory import Directory
from notifications.models import Channel, Letter, Message
from notifications.models.message import MessageQuerySet
from notifications.nudging import nudge_channels
from notifications.recipients import Recipient, recipients_of
from notifications.routes import Routes
from notifications.texts import Texts

State = Message.State
REDRIVABLE = (State.PARKED, State.FAILED, State.UNCERTAIN)


class Refusal(models.TextChoices):
    """Why a message is not sent once more; stands as its reason."""

    EXPIRED = "redrive_expired", _("no use any more: its time has run out")
    NOT_TOLD = "redrive_not_told", _("the person is no longer a recipient of this event")
    UNREACHED = "redrive_unreached", _("this channel no longer reaches the person")
    ARCHIVED = "redrive_archived", _("the letter in the archive bears another address")


@transaction.atomic
def redrive_messages(*, messages: MessageQuerySet, by: Member) -> int:
    """Sends once more what is parked, failed or uncertain, to the address that the person has today.

    Parked ones get their text anew first, paper letters whose address has changed, too (it is printed on them).
    Returns how many are on their way. Those that make no sense any more (Refusal), or whose text still fails, stay as
    they are with the new reason; others are left alone. A member's inbox row is delivered by being there.

    `attempts` goes on counting: it marks the claims, and a late answer to an old one must not pass for a new one's.
    So a message that had used up its attempts gets one more for each decision.
    """
    chosen = list(
        messages.filter(state__in=REDRIVABLE)
        .select_related("policy_event", "platform_event")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    routes, now = Routes.current(), timezone.now()
    texts = Texts.current(routes)
    causes = {message.cause: Cause.of_message(message, routes) for message in chosen}
    directory = Directory.of(list(causes.values()))
    told = {key: recipients_of(cause, directory) for key, cause in causes.items()}
    going = []
    for message in chosen:
        cause = causes[message.cause]
        recipient = find(message, told[message.cause])
        if refusal := refusal_of(message, recipient, now):
            message.reason = refusal
            message.save(update_fields=["reason"])
            continue
        assert recipient is not None  # else it was refused
        if not readdressed(message, cause, recipient, texts):
            message.save(update_fields=["state", "reason"])
            continue
        message.state, message.reason, message.provider_ref = State.PENDING, "", ""
        message.send_after, message.ended_at, message.lease_until = now, None, None
        if message.channel == Channel.APP:
            message.state = State.DELIVERED
            message.sent_at = message.delivered_at = message.ended_at = now
        message.save()
        log(instance=message, action="notifications.redrive", user=by)
        going.append(message)
    nudge_channels((message.channel, False) for message in going if message.state == State.PENDING)
    return len(going)


def find(message: Message, recipients: Sequence[Recipient]) -> Recipient | None:
    return next((recipient for recipient in recipients if recipient.key == message.recipient), None)


def refusal_of(message: Message, recipient: Recipient | None, now: datetime) -> Refusal | None:
    if message.expires_at and message.expires_at <= now:
        return Refusal.EXPIRED
    if recipient is None:
        return Refusal.NOT_TOLD
    address = recipient.addresses.get(message.channel)
    if not address:
        return Refusal.UNREACHED
    archived = Letter.objects.filter(cause=message.cause, recipient=message.recipient)
    if message.channel == Channel.LETTER and message.address != address and archived.exists():
        return Refusal.ARCHIVED
    return None


def readdressed(message: Message, cause: Cause, recipient: Recipient, texts: Texts) -> bool:
    """Puts in today's address, and today's text where there is none yet or the address is part of it.

    False when the text fails; then the message is parked with the reason.
    """
    address = recipient.addresses[message.channel]
    moved = message.channel == Channel.LETTER and message.address != address
    message.address = address
    if message.state != State.PARKED and not moved:
        return True
    message.state = State.PENDING
    write(message, cause, recipient, texts=texts)
    return message.state == State.PENDING


@transaction.atomic
def settle_uncertain(*, message: Message, by: Member) -> bool:
    """Records that an uncertain message did go out, as a person found out. False when it is not uncertain any more."""
    settled = Message.objects.filter(pk=message.pk, state=State.UNCERTAIN).update(
        state=State.SENT, reason="", sent_at=Now(), ended_at=None
    )
    if settled:
        log(instance=message, action="notifications.settle", user=by)
    return bool(settled)
