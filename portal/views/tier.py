"""A member's VIP tier: what it is, why, and what is missing for the next one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from benefits.models import Tier
from benefits.queries.tiers import explain_tier, tier_history
from members.assurance import AssuranceRefused, require_assurance
from members.phone import mask
from members.signin.origins import context_of
from portal.assured import refused
from portal.tier_words import coming, happened, standing, until
from portal.visitors import member_of


@never_cache
@require_safe
@login_required
def tier(request: HttpRequest) -> HttpResponse:
    """It tells of policies and premiums, so it asks for what those ask for."""
    member = member_of(request)
    try:
        require_assurance(member, "policy.view", context_of(request))
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    assert member.customer_id  # a level above registered is a customer's
    found = explain_tier(member.customer_id, on=timezone.localdate())
    shown = {
        "found": found,
        "standing": standing(found),
        "coming": coming(found),
        "counting": [(share, mask(share.policy.policy_no)) for share in found.counting],
        "others": [(share, mask(share.policy.policy_no)) for share in found.others],
        "tiers": [(each, found.terms.threshold(each)) for each in Tier] if found.terms else [],
        "history": [(each, happened(each), until(each)) for each in tier_history(member.customer_id)],
    }
    return render(request, "portal/me/tier.html", shown)
