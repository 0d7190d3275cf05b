"""Many of whom each is served for themselves."""

from collections.abc import Callable, Iterable

import structlog

from benefits.refusals import BenefitRefused
from members.consumers.isolating import FAULTS_OF_THE_MOMENT

log = structlog.get_logger(__name__)


def one_by_one(ids: Iterable[int], verb: Callable[[int], object], *, fault: str) -> int:
    """Calls `verb`, which begins its own transactions, for each; answers how often it did something and said so.

    What is refused for one, or fails (logged as `fault`), keeps nobody else from theirs: the next run tries it again.
    Raises FAULTS_OF_THE_MOMENT, which are nobody's own.
    """
    done = 0
    for pk in ids:
        try:
            done += bool(verb(pk))
        except FAULTS_OF_THE_MOMENT:
            raise
        except BenefitRefused:
            continue
        except Exception as error:
            log.error(fault, id=pk, error=type(error).__name__)
    return done
