"""Django's SMTP connection, taught to remember whether the server may have taken a message; and what errors mean."""

import re
import smtplib
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core.mail.backends.smtp import EmailBackend

from notifications.models import Attempt

Outcome = Attempt.Outcome
ANSWERS = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
    AnymailRecipientsRefused,
)
ENHANCED_CODE = re.compile(rb"^\d\.\d{1,3}\.\d{1,3}\b")


class DataNotingSMTP(smtplib.SMTP):
    #: The text of the current message has begun to flow: without an answer, nobody knows whether it was accepted.
    data_begun = False

    def mail(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.data_begun = False
        return super().mail(*args, **kwargs)

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.data_begun = True
        return super().data(msg)


class DataNotingSMTPOverTLS(DataNotingSMTP, smtplib.SMTP_SSL):
    pass


class NotingEmailBackend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return DataNotingSMTPOverTLS if self.use_ssl else DataNotingSMTP

    @property
    def data_begun(self) -> bool:
        return bool(getattr(self.connection, "data_begun", False))


def meaning(error: Exception, *, data_begun: bool) -> tuple[Attempt.Outcome, str]:
    """Outcome and detail of a failed sending. The server's own words may quote the address, so only codes are kept."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, reply = next(iter(error.recipients.values()))
            return by_code(code), told("RCPT", code, reply)
        case smtplib.SMTPSenderRefused():
            # It is this installation that the server does not want, not the customer that is unknown.
            return Outcome.TEMPORARY, told("MAIL", error.smtp_code, error.smtp_error)
        case smtplib.SMTPDataError():
            return by_code(error.smtp_code), told("DATA", error.smtp_code, error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            return Outcome.PERMANENT, "the server does not take such an address"
        case AnymailRecipientsRefused():
            return Outcome.PERMANENT, "the provider refuses the recipient"
        case AnymailError() if error.status_code:
            # 4xx: it has taken nothing, and mostly that is for us to mend.
            return Outcome.TEMPORARY if answered(error) else Outcome.UNCERTAIN, f"HTTP {error.status_code}"
        case _ if data_begun:
            return Outcome.UNCERTAIN, f"connection lost after DATA: {type(error).__name__}"
        case _:
            return Outcome.TEMPORARY, f"no connection: {type(error).__name__}"


def answered(error: Exception) -> bool:
    """The server refused one message; it is still good for the next."""
    status = error.status_code if isinstance(error, AnymailError) else None
    return isinstance(error, ANSWERS) or (status is not None and 400 <= status < 500)


def by_code(code: int) -> Attempt.Outcome:
    return Outcome.PERMANENT if 500 <= code < 600 else Outcome.TEMPORARY


def told(command: str, code: int, reply: bytes | str) -> str:
    """`RCPT 550 5.1.1`."""
    enhanced = ENHANCED_CODE.match(reply if isinstance(reply, bytes) else reply.encode(errors="replace"))
    return f"{command} {code} {enhanced[0].decode() if enhanced else ''}".strip()
