"""Electronic letters: the signed PDF by e-mail, with the whole letter as the e-mail's own text."""

import re
from collections.abc import Sequence
from contextlib import suppress
from email.utils import formataddr, parseaddr
from time import monotonic

from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from notifications.actions.make_letters import Made, Refused, make_letters
from notifications.actions.note_reference import BEGUN, note_reference
from notifications.channels import TURN_S, ChannelBackend, Outgoing, Result, put_off
from notifications.channels.breaker import Guarded
from notifications.channels.smtp import answered, meaning
from notifications.letters.content import LetterContent
from notifications.letters.email_text import html, plain_text
from notifications.letters.wording import insurer
from notifications.models import Attempt, Message

Outcome = Attempt.Outcome
DJANGO_SMTP = "django.core.mail.backends.smtp.EmailBackend"
NOTING_SMTP = "notifications.channels.smtp.NotingEmailBackend"
UNFIT_FOR_FILE_NAMES = re.compile(r"[^0-9A-Za-z-]+")


def backend() -> ChannelBackend:
    return Guarded(SmtpMail())


class SmtpMail:
    """E-mail through Django's mail API: SMTP by default, a provider of django-anymail where EMAIL_BACKEND names one."""

    name = "smtp"
    batch_size = 20

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Makes the letters, then mails them over one connection. When it breaks, the rest is for later."""
        ends = monotonic() + TURN_S
        letters = make_letters(outgoings=batch)
        results, ready = [], []
        for outgoing in batch:
            try:
                ready.append((outgoing, email(outgoing, letters[outgoing.key])))
            except NotYet as error:
                results.append(Result(outgoing.key, Outcome.TEMPORARY, detail=str(error)))
            except (Unmailable, ValueError, KeyError, TypeError) as error:
                reason = str(error) if isinstance(error, Unmailable) else "the text is not that of a letter"
                results.append(Result(outgoing.key, Outcome.PERMANENT, detail=reason))
        if ready:
            results += self.send_over_one_connection(ready, ends)
        return results

    def send_over_one_connection(
        self, ready: Sequence[tuple[Outgoing, mail.EmailMessage]], ends: float
    ) -> list[Result]:
        connection = mail_connection()
        try:
            connection.open()
        except OSError as error:
            return [not_connected(outgoing, error) for outgoing, _ in ready]
        results: list[Result] = []
        try:
            for place, (outgoing, message) in enumerate(ready):
                if monotonic() > ends or not note_reference(outgoing=outgoing, reference=BEGUN):
                    return results + [put_off(later.key) for later, _ in ready[place:]]
                result, lost = send_one(connection, outgoing, message)
                results.append(result)
                if result.reference:
                    note_reference(outgoing=outgoing, reference=result.reference)
                if lost:
                    return results + [not_connected(later, lost) for later, _ in ready[place + 1 :]]
        finally:
            close(connection)
        return results

    def look_up(self, keys: Sequence[str]) -> dict[str, Result | None]:
        """SMTP can't tell what it accepted, our own notes can: but for the message that was just in hand."""
        noted = Message.objects.filter(pk__in=[int(key) for key in keys]).exclude(provider_ref="")
        return {
            str(pk): None if reference == BEGUN else Result(str(pk), Outcome.ACCEPTED, reference=reference)
            for pk, reference in noted.values_list("pk", "provider_ref")
        }


class Unmailable(Exception):
    """There is nothing to mail; the message says why, without personal data."""


class NotYet(Exception):
    """There is nothing to mail at present."""


def email(outgoing: Outgoing, letter: Made | Refused) -> mail.EmailMultiAlternatives:
    """The e-mail of a letter. The key decides its Message-ID, so a copy is known as one. Raises Unmailable,
    and ValueError, KeyError or TypeError for a text that can't stand in an e-mail.
    """
    if isinstance(letter, Refused):
        raise NotYet(letter.reason) if letter.passing else Unmailable(letter.reason)
    try:
        validate_email(outgoing.address)
    except ValidationError:
        raise Unmailable("not an e-mail address") from None
    content = LetterContent.from_json(outgoing.body)
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    message = mail.EmailMultiAlternatives(
        subject=" ".join(content.title.split()),
        body=plain_text(content),
        from_email=formataddr((insurer(content.language), sender)),
        to=[outgoing.address],
        headers={"Message-ID": message_id(outgoing.key, sender), "X-Banyan-Key": outgoing.key},
    )
    message.attach_alternative(html(content), "text/html")
    name = UNFIT_FOR_FILE_NAMES.sub("-", content.reference).strip("-") or "letter"
    message.attach(f"{name}.pdf", letter.pdf, "application/pdf")
    message.message()  # raises what sending would raise
    return message


def message_id(key: str, sender: str) -> str:
    return f"<letter-{key}@{sender.rpartition('@')[2]}>"


def mail_connection() -> BaseEmailBackend:
    smtp = settings.EMAIL_BACKEND == DJANGO_SMTP
    connection: BaseEmailBackend = mail.get_connection(NOTING_SMTP if smtp else None)
    return connection


def send_one(
    connection: BaseEmailBackend, outgoing: Outgoing, message: mail.EmailMessage
) -> tuple[Result, Exception | None]:
    """The result, and the error that took the connection with it, if one did."""
    try:
        connection.send_messages([message])
    except Exception as error:  # a provider's client may raise anything; whatever it is has an outcome
        # A connection that doesn't say how far it came may have delivered.
        outcome, detail = meaning(error, data_begun=getattr(connection, "data_begun", True))
        return Result(outgoing.key, outcome, detail=detail), None if answered(error) else error
    # A provider's API gives the message an id of its own, and names it when it bounces.
    status = getattr(message, "anymail_status", None)
    reference = str(status.message_id) if status and status.message_id else message.extra_headers["Message-ID"]
    return Result(outgoing.key, Outcome.ACCEPTED, reference=reference), None


def not_connected(outgoing: Outgoing, error: Exception) -> Result:
    return Result(outgoing.key, Outcome.TEMPORARY, detail=f"no connection: {type(error).__name__}")


def close(connection: BaseEmailBackend) -> None:
    with suppress(OSError):  # every message has its answer already
        connection.close()
