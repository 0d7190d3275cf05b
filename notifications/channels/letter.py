"""Paper letters: the signed PDF into the folder that the printer takes a day's letters from. Within China only."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from notifications.actions.close_print_batch import open_print_batch
from notifications.actions.make_letters import Made, Refused, make_letters
from notifications.channels import ChannelBackend, Outgoing, Result
from notifications.letters.manifest import file_of, printed_on, write_whole
from notifications.models import Attempt

Outcome = Attempt.Outcome


def backend() -> ChannelBackend:
    return PrintFolder()


class PrintFolder:
    """The folder PRINT_FOLDER/<day>/. The key names the file, so that doing it again makes no second letter."""

    name = "print"
    batch_size = 50

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Makes the letters and lays those that lie in no folder yet into the open day's."""
        letters = make_letters(outgoings=batch)
        results: list[Result] = []
        try:
            with open_print_batch(today=timezone.localdate()) as day_batch:
                # Looked for under the lock: a slow worker whose lease ran out may just have laid them there.
                there = printed_on(outgoing.key for outgoing in batch)
                for outgoing in batch:
                    if day := there.get(outgoing.key):
                        results.append(accepted(outgoing.key, day.isoformat()))
                    else:
                        results.append(lay_down(outgoing, letters[outgoing.key], day_batch.day))
        except OSError as error:
            done = {result.key for result in results}
            detail = f"print folder: {type(error).__name__} {error.errno}"
            results += [
                Result(outgoing.key, Outcome.TEMPORARY, detail=detail) for outgoing in batch if outgoing.key not in done
            ]
        return results

    def look_up(self, keys: Sequence[str]) -> dict[str, Result]:
        """The file says it."""
        return {key: accepted(key, day.isoformat()) for key, day in printed_on(keys).items()}


def lay_down(outgoing: Outgoing, letter: Made | Refused, day: date) -> Result:
    """Puts a letter into the day's folder. Raises OSError."""
    if not outgoing.address.strip():
        return Result(outgoing.key, Outcome.PERMANENT, detail="no postal address")
    if isinstance(letter, Refused):
        outcome = Outcome.TEMPORARY if letter.passing else Outcome.PERMANENT
        return Result(outgoing.key, outcome, detail=letter.reason)
    write_whole(file_of(outgoing.key, day), letter.pdf)
    return accepted(outgoing.key, day.isoformat())


def accepted(key: str, day: str) -> Result:
    return Result(key, Outcome.ACCEPTED, reference=f"{day}/{key}.pdf")
