"""The life of one message, in order, for staff."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from notifications.actions.redrive_messages import Refusal
from notifications.labels import provider_name
from notifications.models import Message
from notifications.provider_wording import worded

KNOWN_REASONS = dict([*Message.Suppression.choices, *Refusal.choices])


@dataclass(frozen=True)
class Moment:
    at: datetime
    what: str
    detail: str = ""
    mark: str = "info"  # info, good, bad


def timeline(message: Message) -> list[Moment]:
    """Everything that is known of a message, oldest first."""
    moments = [Moment(message.created_at, _("made"), message.get_track_display())]
    if message.policy_event:
        moments.append(Moment(message.policy_event.occurred_at, _("happened"), message.policy_event.source))
        moments.append(Moment(message.policy_event.accepted_at, _("accepted from the core")))
    elif message.platform_event:
        moments.append(Moment(message.platform_event.occurred_at, _("happened"), _("on the platform")))
    for attempt in message.attempt_log.all():
        good = attempt.outcome == attempt.Outcome.ACCEPTED
        text = said_by(attempt.provider, attempt.detail)
        moments.append(
            Moment(attempt.ended_at, _("attempt: %s") % attempt.get_outcome_display(), text, "good" if good else "bad")
        )
    for receipt in message.receipts.all():
        bad = receipt.status == receipt.Status.FAILED
        moments.append(
            Moment(
                receipt.received_at,
                _("receipt: %s") % receipt.get_status_display(),
                said_by(receipt.provider, receipt.detail),
                "bad" if bad else "good",
            )
        )
    if message.ended_at and message.state in (Message.State.SUPPRESSED, Message.State.EXPIRED):
        moments.append(Moment(message.ended_at, message.get_state_display(), reason_text(message), "bad"))
    if message.state == Message.State.PARKED:
        moments.append(Moment(message.created_at, _("parked"), reason_text(message), "bad"))
    for entry in ModelLogEntry.objects.for_instance(message).select_related("user"):
        moments.append(
            Moment(entry.timestamp, str(entry.formatter.label if entry.formatter else entry.action), who(entry))
        )
    return sorted(moments, key=lambda moment: moment.at)


def said_by(provider: str, detail: str) -> str:
    return ": ".join(filter(None, [provider_name(provider), worded(detail)]))


def who(entry: ModelLogEntry) -> str:
    return entry.user.get_full_name() if entry.user else ""


def reason_text(message: Message) -> str:
    """Why it was not sent, in words."""
    return str(KNOWN_REASONS.get(message.reason) or worded(message.reason))
