"""Personal data at rest: sealed values that can be opened, and blind indexes that can only be compared.

A sealed value is one byte of key number, twelve of nonce, then AES-256-GCM's ciphertext and tag. The context (a
column's name) is authenticated with it, so that a ciphertext moved to another column does not open.
"""

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

INDEX_BYTES = 16
# Key number, nonce and tag around an empty value.
SHORTEST_SEALED = 1 + 12 + 16


class CannotOpen(Exception):
    """A sealed value does not open: another key, another column, or damaged."""


@cache
def keyring() -> dict[int, AESGCM]:
    """The keys by number, the sealing one first. Setting FIELD_KEYS: `number:base64 of 32 bytes`."""
    ring = {}
    for entry in settings.FIELD_KEYS:
        number, _, key = entry.partition(":")
        ring[int(number)] = AESGCM(urlsafe_b64decode(key))
    return ring


def seal(value: bytes, context: str) -> bytes:
    """Encrypts with the newest key."""
    number, key = next(iter(keyring().items()))
    nonce = os.urandom(12)
    return bytes([number]) + nonce + key.encrypt(nonce, value, context.encode())


def unseal(value: bytes, context: str) -> bytes:
    """Decrypts what `seal` made in the same context. Raises CannotOpen."""
    if len(value) < SHORTEST_SEALED:
        raise CannotOpen(context)
    try:
        return keyring()[value[0]].decrypt(value[1:13], value[13:], context.encode())
    except (InvalidTag, KeyError) as error:
        raise CannotOpen(context) from error


@cache
def index_key() -> bytes:
    return urlsafe_b64decode(settings.BLIND_INDEX_KEY)


def keyed_hash(value: bytes, purpose: str) -> bytes:
    """32 bytes that say whether two values are equal and nothing else (HMAC-SHA-256)."""
    return hmac.digest(index_key(), purpose.encode() + b"\0" + value, hashlib.sha256)


def blind_index(value: str, purpose: str) -> bytes | None:
    """16 bytes to look `value` up by; the same purpose (mobile, id_no…) compares across tables. Empty: None."""
    return keyed_hash(value.casefold().encode(), purpose)[:INDEX_BYTES] if value else None
