"""A person's decision about messages that the engine gave up or can't tell of."""

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from wagtail.log_actions import log

from members.models import Member
from notifications.causes import Cause
from notifications.composing import write
from notifications.directory import Directory
from notifications.models import Channel, Message
from notifications.models.message import MessageQuerySet
from notifications.nudging import nudge_channels
from notifications.recipients import Recipient, recipients_of
from notifications.routes import Routes
from notifications.texts import Texts

State = Message.State
REDRIVABLE = (State.PARKED, State.FAILED, State.UNCERTAIN)


@transaction.atomic
def redrive_messages(*, messages: MessageQuerySet, by: Member) -> int:
    """Sends once more what is parked, failed or uncertain; parked ones get their text anew first.

    Returns how many are on their way; those whose text still fails stay parked with the new reason. Others are left
    alone. A member's inbox row is delivered by being there.
    """
    chosen = list(
        messages.filter(state__in=REDRIVABLE)
        .select_related("policy_event", "platform_event")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    routes, texts = Routes.current(), Texts.current()
    causes = {message.cause: Cause.of_message(message, routes) for message in chosen}
    directory = Directory.of(list(causes.values()))
    told = {key: recipients_of(cause, directory) for key, cause in causes.items()}
    going = []
    for message in chosen:
        if message.state == State.PARKED and not rewritten(message, causes[message.cause], told[message.cause], texts):
            message.save(update_fields=["reason"])
            continue
        message.state, message.reason, message.attempts = State.PENDING, "", 0
        message.send_after, message.ended_at, message.lease_until = timezone.now(), None, None
        if message.channel == Channel.APP:
            message.state = State.DELIVERED
            message.sent_at = message.delivered_at = message.ended_at = timezone.now()
        message.save()
        log(instance=message, action="notifications.redrive", user=by)
        going.append(message)
    nudge_channels((message.channel, False) for message in going if message.state == State.PENDING)
    return len(going)


def rewritten(message: Message, cause: Cause, recipients: list[Recipient], texts: Texts) -> bool:
    """Puts today's text into a parked message; False, with the reason in it, when that fails again."""
    for position, recipient in enumerate(recipients):
        if recipient.key == message.recipient:
            message.state = State.PENDING
            write(message, cause, recipient, texts=texts, main=position == 0)
            return message.state == State.PENDING
    message.reason = "the person is no longer a recipient of this event"
    return False


@transaction.atomic
def settle_uncertain(*, message: Message, by: Member) -> bool:
    """Records that an uncertain message did go out, as a person found out. False when it is not uncertain any more."""
    settled = Message.objects.filter(pk=message.pk, state=State.UNCERTAIN).update(
        state=State.SENT, reason="", sent_at=Now(), ended_at=None
    )
    if settled:
        log(instance=message, action="notifications.settle", user=by)
    return bool(settled)
