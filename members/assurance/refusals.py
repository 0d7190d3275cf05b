"""Why a member may not do this now. Raised by `require_assurance`; edges turn it into step-up, or into RFC 9470."""

from datetime import datetime

from members.assurance.terms import Terms
from members.entrances import Entrance
from members.models import Level


class AssuranceRefused(Exception):
    """`terms` says what would have been enough."""

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms.action)
        self.terms = terms


class MemberInactive(AssuranceRefused):
    """The account is closed or blocked."""


class EntranceClosed(AssuranceRefused):
    """This action is not to be had at this entrance; `terms.entrances` has it."""

    def __init__(self, terms: Terms, entrance: Entrance) -> None:
        super().__init__(terms)
        self.entrance = entrance


class LevelTooLow(AssuranceRefused):
    """The member's level is `held`; `terms.level` is asked."""

    def __init__(self, terms: Terms, held: Level) -> None:
        super().__init__(terms)
        self.held = held


class FactorNeeded(AssuranceRefused):
    """None of `terms.factors` was proved here recently enough, or not for `request` (its hash, empty where unbound)."""

    def __init__(self, terms: Terms, request: bytes = b"") -> None:
        super().__init__(terms)
        self.request = request if terms.bound else b""


class CoolingDown(AssuranceRefused):
    """The phone was changed not long ago, or fraud is looked into: nothing risky `until` then."""

    def __init__(self, terms: Terms, until: datetime) -> None:
        super().__init__(terms)
        self.until = until
