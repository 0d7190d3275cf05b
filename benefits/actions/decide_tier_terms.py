"""A second person puts rules of VIP tiers in force from their day on, or says no."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from benefits.actions.draft_tier_terms import require_good_rules
from benefits.models import TierTerms
from members.models import Member
from points.actions.proposals import DECISION, record_decision, require_second_person

DECIDE = "benefits.decide_tierterms"


@transaction.atomic
def decide_tier_terms(*, terms_id: int, approve: bool, by: Member, remark: str = "") -> TierTerms:
    """Everybody is assessed by approved rules on the day on which they take effect (`due_runs`).

    Raises PermissionDenied, TierTerms.DoesNotExist, AlreadyDecided, NotProposed, SamePerson, NoReasonGiven, BadTerms
    (its day may have come).
    """
    if not by.has_perm(DECIDE):
        raise PermissionDenied
    # Of two who decide at once, the second waits here and then reads what the first decided.
    terms = TierTerms.objects.select_for_update().get(pk=terms_id)
    require_second_person(terms, by)
    if approve:
        require_good_rules(terms)
    record_decision(terms, approve=approve, by=by, remark=remark)
    terms.save(update_fields=DECISION)
    return terms
