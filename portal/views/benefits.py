"""A member's benefits: what is left of each, from where, how it is used, and why it can't be."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from benefits.models import FamilyGuest, Service
from benefits.queries.entitlements import Benefit, Share, benefits_of
from members.assurance import AssuranceRefused, LevelTooLow, require_assurance
from members.queries import level_of
from members.signin.origins import context_of
from portal.assured import refused
from portal.benefit_words import conditions, how, icon_of, source_of, what_is_left, why_not
from portal.next_step import next_step
from portal.visitors import member_of


@dataclass(frozen=True)
class Shown:
    """A benefit with its words. `may_book`: at a place and time, or as a case; what is there by itself is not."""

    benefit: Benefit
    icon: str
    left: str
    shares: list[tuple[Share, str]]
    included: str
    how: str
    conditions: list[str]
    why_not: str
    may_book: bool


@never_cache
@require_safe
@login_required
def benefits(request: HttpRequest) -> HttpResponse:
    """It tells of tiers and policies, so it asks for what those ask for; who lacks the level sees what it is about."""
    member = member_of(request)
    try:
        require_assurance(member, "policy.view", context_of(request))
    except LevelTooLow:
        return render(request, "portal/me/benefits.html", {"step": next_step(level_of(member))})
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    assert member.customer_id  # a level above registered is a customer's
    given = benefits_of(member.customer_id, on=timezone.localdate())
    family = FamilyGuest.objects.listed().filter(customer=member.customer_id)
    return render(request, "portal/me/benefits.html", {"shown": list(map(shown, given)), "family": family.count()})


def shown(benefit: Benefit) -> Shown:
    """The terms are those of the share that is booked on first, else of the one that says why nothing can be."""
    share = benefit.open_shares[0] if benefit.open_shares else benefit.obstacle
    assert share
    service = benefit.service
    return Shown(
        benefit=benefit,
        icon=icon_of(service),
        left=what_is_left(benefit),
        shares=[(each, source_of(each)) for each in benefit.shares],
        included=share.terms.included,
        how=how(service, share.terms),
        conditions=conditions(service, share.terms),
        why_not=why_not(share, service),
        may_book=may_book(benefit) and not share.terms.by_hotline,
    )


def may_book(benefit: Benefit) -> bool:
    """A place and time may also be booked on a year that is yet to begin."""
    match benefit.service.mode:
        case Service.Mode.SLOT:
            return bool(benefit.open_shares or benefit.coming_shares)
        case Service.Mode.CASE:
            return bool(benefit.open_shares)
        case _:
            return False
