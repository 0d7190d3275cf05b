"""What somebody's phone, mailbox and letterbox hold, and the history of each message to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from notifications.letters.content import LetterContent
from notifications.models import Channel, Letter, Message
from notifications.sandbox import client
from notifications.sandbox.client import Received, SandboxUnreachable
from notifications.sandbox.mailbox import SandboxMail, mails_for
from portal.showcase.people import Person

SHOWN = 30
#: How a state looks (chip-*): good, waiting, worth a look, bad.
LOOKS = {
    Message.State.PENDING: "wait",
    Message.State.SENDING: "wait",
    Message.State.SENT: "wait",
    Message.State.DELIVERED: "good",
    Message.State.FAILED: "bad",
    Message.State.PARKED: "bad",
    Message.State.EXPIRED: "warn",
    Message.State.SUPPRESSED: "warn",
    Message.State.UNCERTAIN: "warn",
}


@dataclass(frozen=True)
class PaperLetter:
    """A letter that went to print. `document_id`: the Letter whose PDF can be opened."""

    message: Message
    content: LetterContent
    document_id: int | None


@dataclass(frozen=True)
class Step:
    """One message of an event, for the timeline."""

    message: Message
    look: str

    @property
    def waits_until(self) -> datetime | None:
        waits = self.message.state == Message.State.PENDING and self.message.send_after > timezone.now()
        return self.message.send_after if waits else None


@dataclass(frozen=True)
class Happening:
    """What was told of one cause, on every channel."""

    event_type: str
    event_name_zh: str
    event_name_en: str
    created_at: datetime
    steps: list[Step]


class Devices:
    """Everything of one person, read when it is asked for."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @cached_property
    def sms(self) -> list[Received] | None:
        """Newest first; None when the sandbox can't be asked."""
        return received("sms", self.person.mobiles)

    @cached_property
    def wechat(self) -> list[Received] | None:
        return received("wechat", self.person.openids)

    @cached_property
    def inbox(self) -> list[Message]:
        if not self.person.member:
            return []
        return list(Message.objects.in_inbox_of(self.person.member).select_related("event_type")[:SHOWN])

    @cached_property
    def mails(self) -> list[SandboxMail]:
        return mails_for(self.person.email)[:SHOWN] if self.person.email else []

    @cached_property
    def letters(self) -> list[PaperLetter]:
        printed = self.messages().filter(
            channel=Channel.LETTER, state__in=[Message.State.SENT, Message.State.DELIVERED]
        )[:SHOWN]
        documents = {
            letter.cause: letter.pk
            for letter in Letter.objects.filter(
                recipient=self.person.code, cause__in=[message.cause for message in printed]
            )
        }
        return [
            PaperLetter(message, LetterContent.from_json(message.body or ""), documents.get(message.cause))
            for message in printed
        ]

    @cached_property
    def timeline(self) -> list[Happening]:
        """By cause, newest first; within a cause in the order in which channels were tried."""
        found: dict[str, Happening] = {}
        for message in reversed(self.messages().select_related("event_type")[: 2 * SHOWN]):
            happening = found.setdefault(
                message.cause,
                Happening(
                    message.event_type_id,
                    message.event_type.name_zh,
                    message.event_type.name_en,
                    message.created_at,
                    [],
                ),
            )
            happening.steps.append(Step(message, LOOKS[Message.State(message.state)]))
        return list(reversed(found.values()))

    def messages(self) -> "QuerySet[Message]":
        return Message.objects.filter(recipient=self.person.code).order_by("-pk")


def received(service: str, addresses: Iterable[str]) -> list[Received] | None:
    try:
        found = [message for address in addresses for message in client.received(service, address, SHOWN)]
    except SandboxUnreachable:
        return None
    return sorted(found, key=lambda message: message.id, reverse=True)[:SHOWN]
