"""Below what nobody may set the terms of an action, two people included.

A change is meant to move amounts, factors and entrances, not to switch a protection off: whoever holds a member's
unlocked phone, or has talked two tired people into it, must still find the second factor in the way. So a proposal is
held against the default of the same amount:

- a level of verified or above never falls below verified (advanced may: a code or passkey then stands in for the face);
- where a second factor is asked, one stays; where it is bound to the very request, it stays bound;
- what waits in the cooling time after a change of phone keeps waiting.
"""

from members.assurance.terms import Terms, terms_for
from members.models import Level


def below_floor(terms: Terms) -> list[str]:
    """The fields (of PolicyTerms) in which `terms` are weaker than they may be. Raises UnknownAction."""
    default = terms_for(terms.action, terms.amount_from, ())
    weaker = {
        "level": terms.level < min(default.level, Level.VERIFIED),
        "factors": bool(default.factors) and not terms.factors,
        "bound": default.bound and not terms.bound,
        "waits_after_change": default.waits_after_change and not terms.waits_after_change,
        "entrances": not terms.entrances,
    }
    return [field for field, is_weaker in weaker.items() if is_weaker]
