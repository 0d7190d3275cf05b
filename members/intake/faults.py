"""Everything that can be wrong with an event or a request: one closed list of codes, each with its explanation.

An explanation never repeats what was sent: events are full of personal data, and answers end up in logs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 100


class FaultCode(models.TextChoices):
    # the request or the line
    UNREADABLE = "unreadable", _("This is not readable JSON in UTF-8, or not what the content type says.")
    REQUEST_TOO_LARGE = "request_too_large", _("A request holds at most 1 MiB and 1,000 events.")
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        _("Send application/cloudevents+json, application/cloudevents-batch+json, or JSON with ce- headers."),
    )
    UNAUTHORIZED = "unauthorized", _("A valid API key is needed: Authorization: Bearer KEY.")
    FORBIDDEN = "forbidden", _("This API key does not have the scope for this.")
    TOO_MANY_REQUESTS = "too_many_requests", _("Too many requests with this key; wait as Retry-After says.")
    # the envelope
    NOT_AN_EVENT = "not_an_event", _("An event is a JSON object.")
    EVENT_TOO_LARGE = "event_too_large", _("An event holds at most 64 KiB as sent.")
    BAD_SPECVERSION = "bad_specversion", _('specversion must be "1.0".')
    BAD_ID = "bad_id", _("id must be a text of 1 to 200 characters.")
    BAD_SOURCE = "bad_source", _("source must be a URI reference of 1 to 200 characters.")
    BAD_TIME = "bad_time", _("time must be a date and time with seconds and offset, as RFC 3339 writes it.")
    BAD_CONTENT_TYPE = "bad_content_type", _("data must be JSON: datacontenttype application/json.")
    BAD_DATA = "bad_data", _("data must be a JSON object.")
    UNKNOWN_TYPE = "unknown_type", _("There is no such event type.")
    NOT_EXTERNAL = "not_external", _("Events of this type come from the platform itself only.")
    BAD_SUBJECT = "bad_subject", _("subject is not the number that this type is about.")
    CONFLICT = "conflict", _("An event with this source and id is known and has other content.")
    # the variables
    MISSING_VARIABLE = "missing_variable", _("This variable is required.")
    UNDECLARED_VARIABLE = "undeclared_variable", _("The type does not declare this variable.")
    EMPTY_VARIABLE = "empty_variable", _("This variable must not be empty.")
    FORBIDDEN_CHARACTER = "forbidden_character", _("U+0000 and lone surrogates are not allowed.")
    BAD_NUMBER = "bad_number", _("A policy or customer number has at most 20 characters, any other number 100.")
    NOT_TEXT = "not_text", _("This must be a text.")
    NOT_MONEY = "not_money", _('Money is a text with two decimals (a unit price four), not negative: "1200.00".')
    NOT_INT = "not_int", _("This must be a JSON integer.")
    NOT_PERCENT = "not_percent", _('A percentage is a text such as "4.80%".')
    NOT_DATE = "not_date", _("A date is written YYYY-MM-DD.")
    NOT_DATETIME = "not_datetime", _("A date and time is written as ISO 8601 with its offset.")
    NOT_MASKED = "not_masked", _("A masked number shows at most six digits in a row.")
    NOT_URL = "not_url", _("This must be an https address.")


@dataclass(frozen=True)
class Fault:
    """What is wrong (`code`) and where (`pointer`, RFC 6901; empty: the whole)."""

    code: FaultCode
    pointer: str = ""

    @property
    def detail(self) -> str:
        """The explanation in the reader's language."""
        return str(self.code.label)

    def as_json(self) -> dict[str, str]:
        return {"code": self.code.value, "pointer": self.pointer, "detail": self.detail}


def pointer(*names: str) -> str:
    """`/data/premium`; a name that no catalogue would use (endless, unprintable) is left at its parent."""
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in printable(names))


def printable(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        if len(name) > LONGEST_NAME or not name.isprintable():
            return
        yield name
