"""A worker that is killed at an exact point: `python -m tests.faults.doomed_worker CHANNEL POINT`.

It does what the task does, with the real backend, until it comes to POINT: `before-sending` (claimed, the provider
not called), `second-mail` (the mail server has taken one, the next is in hand), `before-recording` (the provider has
answered), or `before-manifest` (the letter lies in the folder).
"""

import os
import signal
import sys
from itertools import count

import django


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(channel: str, point: str) -> None:
    django.setup()
    from notifications.actions import close_print_batch, send_due
    from notifications.channels.registry import backend_of
    from notifications.models import Priority

    backend = backend_of(channel)
    match point:
        case "before-sending":
            backend.send = die  # type: ignore[method-assign]
        case "second-mail":
            from notifications.channels import eletter

            mail, mails = eletter.send_one, count()
            eletter.send_one = lambda *one: mail(*one) if next(mails) == 0 else die()
        case "before-recording":
            send_due.record = die
        case "before-manifest":
            close_print_batch.update_manifest = die
    send_due.send_batch(backend, channel, priorities=list(Priority))
    sys.exit("came through alive")


if __name__ == "__main__":
    main(*sys.argv[1:])
