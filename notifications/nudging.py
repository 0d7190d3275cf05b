"""Telling the workers that there is work. The database knows what; a lost nudge is made up for by the sweep."""

from collections.abc import Iterable
from functools import partial

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from notifications.models import Channel

log = structlog.get_logger(__name__)
# A nudge that nobody took by then has been followed by others.
EXPIRES_S = 30
LETTERS = (Channel.ELETTER, Channel.LETTER)


def nudge_channels(work: Iterable[tuple[str, bool]]) -> None:
    """Asks, once the transaction has committed, for the sending of (channel, urgent) pairs."""
    for channel, urgent in sorted(set(work)):
        transaction.on_commit(partial(nudge_channel, channel, urgent=urgent))


def nudge_channel(channel: str, *, urgent: bool = False) -> None:
    from notifications.tasks import send_due  # tasks stand above actions, which nudge

    queue = "urgent" if urgent else "letters" if channel in LETTERS else "messages"
    try:
        send_due.apply_async(args=(channel, urgent), queue=queue, expires=EXPIRES_S)
    except OperationalError:
        log.warning("broker_unreachable", channel=channel)
