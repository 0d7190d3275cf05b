"""Which channels a recipient is told on: the inbox, the first push channel that reaches, the letter."""

from dataclasses import dataclass

from notifications.models import Channel, EventType, Message
from notifications.recipients import Recipient

State, Track, Suppression = Message.State, Message.Track, Message.Suppression
PUSH = (Channel.SMS, Channel.WECHAT)


@dataclass(frozen=True)
class Step:
    """A message to be made: its channel, what follows if it fails, or why it is not sent."""

    track: str
    channel: str
    next_channels: tuple[str, ...] = ()
    suppressed: str = ""


def plan(event_type: EventType, recipient: Recipient, *, capped: bool) -> list[Step]:
    """The steps for one recipient, at least one: what isn't sent is there with its reason.

    `capped`: this recipient has had as many messages that may be refused as a day allows.
    """
    route = event_type.channels
    if not event_type.enabled:
        return [Step(Track.PUSH, route[0], suppressed=Suppression.DISABLED)]
    if refuses(event_type, recipient):
        return [Step(Track.PUSH, route[0], suppressed=Suppression.OPTED_OUT)]
    steps = []
    usable = usable_channels(event_type, recipient)
    if Channel.APP in usable:
        steps.append(Step(Track.INBOX, Channel.APP))
    push = push_channels(event_type, recipient, usable)
    if push and capped and not event_type.mandatory:
        steps.append(Step(Track.PUSH, push[0], suppressed=Suppression.CAPPED))
    elif push:
        steps.append(Step(Track.PUSH, push[0], tuple(push[1:])))
    if event_type.letter_required and not recipient.agent:
        steps.append(letter_step(recipient))
    if steps:
        return steps
    reached = any(channel in recipient.addresses for channel in route)
    return [Step(Track.PUSH, route[0], suppressed=Suppression.OPTED_OUT if reached else Suppression.UNREACHABLE)]


def refuses(event_type: EventType, recipient: Recipient) -> bool:
    """Mandatory events ignore what people prefer."""
    preference = recipient.preference
    return bool(preference and not event_type.mandatory and event_type.area in preference.refused_areas)


def usable_channels(event_type: EventType, recipient: Recipient) -> list[str]:
    """Those of the route that reach the recipient and that may be used: all of them where no consent is needed."""
    return [
        channel
        for channel in event_type.channels
        if channel in recipient.addresses and (not event_type.needs_consent or recipient.agrees_to(channel))
    ]


def push_channels(event_type: EventType, recipient: Recipient, usable: list[str]) -> list[str]:
    """Of the usable ones those to be tried one after another, in the recipient's preferred order, then the route's.

    Where no letter is required, a letter that the route names is the last resort.
    """
    wanted = recipient.preference.channel_order if recipient.preference else []
    fallback = () if event_type.letter_required else (Channel.ELETTER, Channel.LETTER)
    push = [c for c in usable if c in PUSH]
    push.sort(key=lambda c: wanted.index(c) if c in wanted else len(wanted))
    return push + [c for c in usable if c in fallback]


def letter_step(recipient: Recipient) -> Step:
    """An e-letter where there is consent, else paper; paper also when the e-letter bounces."""
    paper = (Channel.LETTER,) if Channel.LETTER in recipient.addresses else ()
    if Channel.ELETTER in recipient.addresses:
        return Step(Track.LETTER, Channel.ELETTER, paper)
    if paper:
        return Step(Track.LETTER, Channel.LETTER)
    return Step(Track.LETTER, Channel.LETTER, suppressed=Suppression.UNREACHABLE)
