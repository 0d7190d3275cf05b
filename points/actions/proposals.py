"""Rules, campaigns, and what is given back of rewards: proposed, and decided by a second person; the same checks."""

from typing import Any, Protocol

from django.utils import timezone

from members.actions.decide_policy_change import SamePerson, require_reason
from members.models import Member


class Proposal(Protocol):
    """A model with the fields of `RuleChange` that are not terms, also of a package above."""

    pk: Any
    state: Any
    proposed_by_id: Any
    decided_by: Any
    decided_by_id: Any
    decided_at: Any
    remark: Any

    @property
    def State(self) -> Any: ...

    def get_state_display(self) -> str: ...


class Drafted(Proposal, Protocol):
    """One that begins as a draft. `OPEN`: the states in which nobody has decided."""

    @property
    def OPEN(self) -> Any: ...


#: The fields that `record_decision` sets.
DECISION = ("state", "decided_by", "decided_at", "remark")


class NotADraft(Exception):
    """It was proposed, withdrawn or decided meanwhile."""


class NotProposed(Exception):
    """It is a draft still, or was withdrawn."""


class AlreadyDecided(Exception):
    """`proposal` says by whom, when and how."""

    def __init__(self, proposal: Proposal) -> None:
        super().__init__(proposal.pk)
        self.proposal = proposal


def record_withdrawal(proposal: Drafted) -> None:
    """Of a draft, or a proposal that nobody has decided about. Raises NotADraft."""
    if proposal.state not in proposal.OPEN:
        raise NotADraft
    proposal.state = proposal.State.WITHDRAWN


def require_second_person(proposal: Proposal, by: Member) -> None:
    """Raises AlreadyDecided, NotProposed, SamePerson: whoever drafts or proposes does not decide."""
    if proposal.decided_by_id:
        raise AlreadyDecided(proposal)
    if proposal.state != proposal.State.PROPOSED:
        raise NotProposed
    # What is given back is proposed at once, without a draft.
    if by.pk in (proposal.proposed_by_id, getattr(proposal, "drafted_by_id", None)):
        raise SamePerson


def record_decision(proposal: Proposal, *, approve: bool, by: Member, remark: str) -> None:
    """Raises NoReasonGiven where a rejection has no remark."""
    require_reason(approve=approve, remark=remark)
    proposal.state = proposal.State.APPROVED if approve else proposal.State.REJECTED
    proposal.decided_by, proposal.decided_at, proposal.remark = by, timezone.now(), remark
