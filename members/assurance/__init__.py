"""Whether a member may do this, here, now: `require_assurance` decides, and actions call it themselves."""

from members.assurance.deciding import Assured, Context, request_hash, require_assurance
from members.assurance.refusals import (
    AssuranceRefused,
    CoolingDown,
    EntranceClosed,
    FactorNeeded,
    LevelTooLow,
    MemberInactive,
)
from members.assurance.terms import Terms, UnknownAction, default_terms

__all__ = [
    "AssuranceRefused",
    "Assured",
    "Context",
    "CoolingDown",
    "EntranceClosed",
    "FactorNeeded",
    "LevelTooLow",
    "MemberInactive",
    "Terms",
    "UnknownAction",
    "default_terms",
    "request_hash",
    "require_assurance",
]
