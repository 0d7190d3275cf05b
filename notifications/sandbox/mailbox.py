"""What the mail sandbox has delivered: one Maildir per address, found without reading the others."""

import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class SandboxMail:
    """An e-mail as its reader sees it. `key`: the message's, as in Outgoing; empty when somebody else sent it."""

    key: str
    message_id: str
    sender: str
    subject: str
    sent_at: datetime | None
    text: str
    html: str
    attachments: tuple[Attachment, ...]


def maildir_of(address: str, folder: Path) -> Path:
    """The address doesn't show in the path."""
    return folder / sha256(address.strip().casefold().encode()).hexdigest()[:32]


def mails_for(address: str, *, folder: Path | None = None) -> list[SandboxMail]:
    """The e-mails that this address has received, newest first; only the newest ones are kept (mail.py)."""
    place = maildir_of(address, folder or Path(settings.VAR) / "mail")
    if not place.is_dir():
        return []
    box = mailbox.Maildir(place, factory=None, create=False)
    found = []
    for name in sorted(box.keys(), key=arrival, reverse=True):
        try:
            found.append(read(box.get_bytes(name)))
        except KeyError:
            continue  # made room for newer ones meanwhile
    return found


def arrival(name: str) -> tuple[int, int, str]:
    """Maildir names begin with seconds, then M and microseconds."""
    seconds, _, rest = name.partition(".")
    microseconds = rest[1:].partition("P")[0]
    return int(seconds), int(microseconds) if microseconds.isdigit() else 0, name


def read(content: bytes) -> SandboxMail:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    date, key = message["Date"], str(message.get("X-Banyan-Key", ""))
    return SandboxMail(
        key=key if key.isdecimal() else "",
        message_id=str(message.get("Message-ID", "")),
        sender=str(message.get("From", "")),
        subject=str(message.get("Subject", "")),
        sent_at=moment(str(date)) if date else None,
        text=body(message, "plain"),
        html=body(message, "html"),
        attachments=tuple(map(attachment, message.iter_attachments())),
    )


def moment(date: str) -> datetime:
    """A Date header's. Python leaves the offset -0000 open, though it says UTC; senders may well write it."""
    parsed = parsedate_to_datetime(date)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def attachment(part: Message) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        name=part.get_filename() or "",
        media_type=part.get_content_type(),
        content=content if isinstance(content, bytes) else b"",  # an attached e-mail has parts instead
    )


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
