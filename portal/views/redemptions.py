"""What a member redeemed: where it stands, its code or certificate, and calling it off."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.assurance import AssuranceRefused
from members.models import Member
from members.signin.origins import context_of
from points.actions.cancel_redemption import cancel_redemption
from points.actions.show_voucher import ShownVoucher, show_voucher
from points.models import Redemption
from points.rewards.history import Redeemed, redeemed, redeemed_page, returned_of, showings_of
from points.rewards.refusals import RewardRefused
from portal.assured import refused
from portal.buttons import button_on
from portal.numbers import number_from
from portal.redemption_words import chip_of, happened, state_of, words_of
from portal.statements.certificate import certificate_pdf
from portal.visitors import member_of

State = Redemption.State


@never_cache
@require_safe
@login_required
def redemptions(request: HttpRequest) -> HttpResponse:
    """Page by page (`before`)."""
    before = number_from(request.GET.get("before", ""))
    page = redeemed_page(member_of(request), before=before or None)
    found = [(each, state_of(each), chip_of(each)) for each in page.redemptions]
    shown = {"redemptions": found, "before": before, "older": page.older}
    return render(request, "portal/points/redemptions.html", shown)


@never_cache
@require_safe
@login_required
def redemption(request: HttpRequest, redemption_id: int) -> HttpResponse:
    member = member_of(request)
    return show(request, member, one(member, redemption_id))


@never_cache
@button_on("redemption", "redemption_id")
@login_required
def code(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """The voucher's code, on this answer alone: after a fresh proof, and recorded."""
    member = member_of(request)
    found = one(member, redemption_id)
    try:
        voucher = show_voucher(member=member, redemption_id=redemption_id, context=context_of(request))
    except AssuranceRefused as refusal:
        # Back to the page with the button: only pressing it shows the code.
        return refused(request, refusal, back_to="redemption", back_args=[redemption_id])
    except RewardRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect("redemption", redemption_id)
    return show(request, member, found, voucher)


@never_cache
@button_on("redemption", "redemption_id")
@login_required
def cancel(request: HttpRequest, redemption_id: int) -> HttpResponse:
    member = member_of(request)
    one(member, redemption_id)
    try:
        cancel_redemption(member=member, redemption_id=redemption_id)
    except RewardRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("It is called off, and nothing was taken."))
    return redirect("redemption", redemption_id)


@never_cache
@require_safe
@login_required
def certificate(request: HttpRequest, redemption_id: int) -> HttpResponse:
    """Of a donation, as PDF. Raises Http404 where there is none."""
    member = member_of(request)
    found = one(member, redemption_id)
    if not found.certificate_no:
        raise Http404
    answer = HttpResponse(certificate_pdf(member, found), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.certificate_no}.pdf"'
    return answer


def one(member: Member, redemption_id: int) -> Redeemed:
    """Raises Http404 where it is not the member's."""
    try:
        return redeemed(member=member, redemption_id=redemption_id)
    except Redemption.DoesNotExist as refusal:
        raise Http404 from refusal


def show(request: HttpRequest, member: Member, found: Redeemed, voucher: ShownVoucher | None = None) -> HttpResponse:
    showings = showings_of(member=member, redemption_id=found.redemption_id)
    returned = returned_of(member=member, redemption_id=found.redemption_id) if found.given_back else []
    context: dict[str, Any] = {
        "redemption": found,
        "words": words_of(found),
        "chip": chip_of(found),
        "items": happened(found, showings, returned),
        "voucher": voucher,
        "goes_on": found.state == State.FULFILLING,
    }
    return render(request, "portal/points/redemption.html", context)
