"""The policy-event log is read in shards, so that one subject's events keep their order and workers share the rest."""

from zlib import crc32

SHARDS = 8


def shard_of(subject: str) -> int:
    """0 to SHARDS - 1, the same on every machine and for ever: a subject never changes its shard."""
    return crc32(subject.encode()) % SHARDS
