"""Issuing a key to a system that speaks to the API."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from members.models import ApiKey, Member, Scope
from members.models.api_key import PREFIX_LENGTH, digest_of

SHORTEST_CHOSEN = 2 * PREFIX_LENGTH


class ChosenKeyRefused(Exception):
    """A key that someone thought up: not outside the demo, not when it is short, unprintable, taken or revoked."""


@dataclass(frozen=True)
class IssuedKey:
    """`key` in plain: to be shown now, and never again."""

    row: ApiKey
    key: str


@transaction.atomic
def issue_api_key(
    *, name: str, scopes: Sequence[Scope], created_by: Member | None = None, chosen: str = ""
) -> IssuedKey:
    """A new random key; or, in the demo, the `chosen` one, which may have been issued before with the same scopes.

    Raises ChosenKeyRefused, ValueError (no scope).
    """
    if not scopes:
        raise ValueError("a key without a scope opens nothing")
    if chosen and (known := check_chosen(chosen, scopes)):
        return IssuedKey(known, chosen)
    key = chosen or f"bk_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        name=name, prefix=key[:PREFIX_LENGTH], digest=digest_of(key), scopes=sorted(set(scopes)), created_by=created_by
    )
    return IssuedKey(row, key)


def check_chosen(key: str, scopes: Sequence[Scope]) -> ApiKey | None:
    """The row of a chosen key that has been issued before. Raises ChosenKeyRefused."""
    if not settings.DEMO:
        raise ChosenKeyRefused("only the demo may have a key that somebody chose")
    if len(key) < SHORTEST_CHOSEN or not key.isascii() or not key.isprintable() or " " in key:
        raise ChosenKeyRefused(f"a key has at least {SHORTEST_CHOSEN} printable ASCII characters, no space")
    known = ApiKey.objects.live().matching(key)
    if known and set(known.scopes) == set(scopes):
        return known
    if ApiKey.objects.filter(prefix=key[:PREFIX_LENGTH]).exists():
        raise ChosenKeyRefused("a key that begins like this exists, is revoked, or has other scopes")
    return None
