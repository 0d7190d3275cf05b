"""Confirming a one-time code."""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from members.models import OneTimeCode
from members.models.one_time_code import MAX_GUESSES, code_digest

# The digest is a keyed one: how long the database compares it tells nobody anything about the code.
GUESS = """
    UPDATE members_onetimecode
    SET guesses = guesses + 1, used_at = CASE WHEN digest = %s THEN %s END
    WHERE id = %s AND purpose = %s AND used_at IS NULL AND expires_at > %s AND guesses < %s
    RETURNING *
"""


@dataclass
class WrongCode(Exception):
    """Not the code that was sent; so many guesses are left."""

    guesses_left: int


class CodeSpent(Exception):
    """Expired, used before, or guessed too often: a new one is needed."""


def confirm_one_time_code(*, pk: UUID | str, digits: str, purpose: OneTimeCode.Purpose) -> OneTimeCode:
    """The code's row, used now and never again. Raises WrongCode, CodeSpent.

    The guess is counted and looked at in one statement, so that many at once are no more than one after the other.
    Not inside another transaction: a refusal would take the count back.
    """
    pk, now = UUID(str(pk)), timezone.now()
    for code in OneTimeCode.objects.raw(GUESS, [code_digest(pk, digits), now, pk, purpose, now, MAX_GUESSES]):
        if code.used_at is None:
            raise WrongCode(MAX_GUESSES - code.guesses)
        return code
    raise CodeSpent
