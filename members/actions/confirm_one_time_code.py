"""Confirming a one-time code."""

import hmac
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from members.models import OneTimeCode
from members.models.one_time_code import MAX_GUESSES, code_digest


@dataclass
class WrongCode(Exception):
    """Not the code that was sent; so many guesses are left."""

    guesses_left: int


class CodeSpent(Exception):
    """Expired, used before, or guessed too often: a new one is needed."""


def confirm_one_time_code(*, pk: UUID | str, digits: str, purpose: OneTimeCode.Purpose) -> OneTimeCode:
    """The code's row, used now and never again. Raises WrongCode, CodeSpent.

    The guess is counted before it is looked at, each in a statement of its own, so that many at once are no more than
    one after the other. Not inside another transaction: a refusal would take the count back.
    """
    live = OneTimeCode.objects.filter(pk=pk, purpose=purpose, used_at=None, expires_at__gt=timezone.now())
    if not live.filter(guesses__lt=MAX_GUESSES).update(guesses=F("guesses") + 1):
        raise CodeSpent
    code = OneTimeCode.objects.get(pk=pk)
    if not hmac.compare_digest(code.digest, code_digest(code.pk, digits)):
        raise WrongCode(MAX_GUESSES - code.guesses)
    if not live.update(used_at=timezone.now()):
        raise CodeSpent
    return code
