"""What happened in `members`: facts in the past tense, with ids. Packages above connect to the signals."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class PolicyEventsAccepted:
    """Policy events entered the log in this transaction; the ids of those that are published (not waiting)."""

    event_ids: tuple[int, ...]


@dataclass(frozen=True)
class PolicyEventsPublished:
    """Policy events, shard by shard, that consumers may read once this transaction has committed."""

    shards: tuple[int, ...]


@dataclass(frozen=True)
class LevelChanged:
    """A level was granted to this member or taken from them."""

    member_id: int


@dataclass(frozen=True)
class IdentityVerified:
    """A member is now known to be this customer."""

    member_id: int
    customer_id: int
    grant_id: int


policy_events_accepted = Signal()  # sender: PolicyEventsAccepted, keyword: fact
policy_events_published = Signal()  # sender: PolicyEventsPublished, keyword: fact
level_changed = Signal()  # sender: LevelChanged, keyword: fact
identity_verified = Signal()  # sender: IdentityVerified, keyword: fact
