"""Two accounts of one person, made one."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.actions.change_mobile import NumberNotProved
from members.actions.merge_accounts import merge_accounts, other_account_id
from members.assurance import (
    AssuranceRefused,
    CoolingDown,
    FactorNeeded,
    LevelTooLow,
    MemberInactive,
    require_assurance,
)
from members.merging import (
    AccountIsClosing,
    AccountsCannotMerge,
    DifferentPeople,
    NoOtherAccount,
    StaffAccount,
    merge_plan,
)
from members.models import Member
from members.phone import mask
from members.signin.origins import context_of
from portal.assured import refused
from portal.refusals import clock
from portal.views.another_number import MERGE, number_proved, too_late
from portal.visitors import member_of

#: What is asked of the account that stays, and of the one that ends.
STAYS, ENDS = "account.merge", "account.join"
#: Why, and what to do. Said to somebody who has proved to hold both numbers.
WHY_NOT = {
    NoOtherAccount: (
        _lazy("There is no account under that number."),
        _lazy("If it is your new number, change it under “Change my phone number”."),
    ),
    DifferentPeople: (
        _lazy("The two accounts belong to two different people by our records."),
        _lazy("If that is wrong, call us or come to a counter with your document: we put it right."),
    ),
    StaffAccount: (
        _lazy("One of the two is the account of one of our staff, which is never merged."),
        _lazy("An administrator can end it first."),
    ),
    AccountIsClosing: (
        _lazy("One of the two accounts is about to be closed."),
        _lazy("Sign in to that one first to keep it; then the two can be made one."),
    ),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def merge(request: HttpRequest) -> HttpResponse:
    """Which of the two stays and what that means; by POST makes them one."""
    member, proven = member_of(request), number_proved(request)
    if proven is None:
        return too_late(request, MERGE)
    try:
        other = Member.objects.get(pk=other_account_id(member, proven))
        plan = merge_plan(member, other)
    except AccountsCannotMerge as refusal:
        return cannot_merge(request, *WHY_NOT[type(refusal)])
    stays = plan.kept.pk == member.pk
    others_action = ENDS if stays else STAYS
    if request.method != "POST":
        try:
            require_assurance(other, others_action, context_of(request))
        except FactorNeeded:  # that its number was proved will be enough
            pass
        except AssuranceRefused as refusal:
            return refuse(request, refusal, others_action)
        shown = {"kept": mask(plan.kept.mobile), "closed": mask(plan.closed.mobile), "stays": stays}
        return render(request, "portal/me/merge.html", shown)
    try:
        kept = merge_accounts(member=member, proven_id=proven.pk, context=context_of(request))
    except AssuranceRefused as refusal:
        return refuse(request, refusal, others_action)
    except AccountsCannotMerge as refusal:
        return cannot_merge(request, *WHY_NOT[type(refusal)])
    except NumberNotProved:  # pressed twice
        return redirect("me")
    return merged(request, kept)


def merged(request: HttpRequest, kept: Member) -> HttpResponse:
    stays = kept == member_of(request)
    if not stays:
        logout(request)
    words = _("Your two accounts are one. It is opened with %(mobile)s, at every entrance.")
    messages.success(request, words % {"mobile": mask(kept.mobile)})
    return redirect("me" if stays else "account_login")


def refuse(request: HttpRequest, refusal: AssuranceRefused, others_action: str) -> HttpResponse:
    """In words about the account that it concerns: one's own, or the other, of which `others_action` is asked."""
    if refusal.terms.action != others_action:
        return refused(request, refusal)
    match refusal:
        case LevelTooLow():  # only somebody who is signed in to it can verify it
            return cannot_merge(
                request,
                _("The account under the other number is the one that stays, and it is not verified at the moment."),
                _("Sign in with that number, verify your identity there, and make the two one from there."),
            )
        case CoolingDown():
            why = _("Something about the account under the other number was changed not long ago.")
            now = _("After %(time)s the two can be made one.") % {"time": clock(refusal.until)}
            return cannot_merge(request, why, now)
        case MemberInactive():
            return cannot_merge(
                request,
                _("The account under the other number is closed or blocked."),
                _("Please call us, or come to a counter with your document: our people open it again."),
            )
        case _:
            return refused(request, refusal)


def cannot_merge(request: HttpRequest, why: Promise | str, now: Promise | str) -> HttpResponse:
    words = {
        "look": "bad",
        "title": _("These two can't be made one"),
        "why": why,
        "now": now,
        "href": reverse("me"),
        "action": _("To my account"),
    }
    return render(request, "portal/result.html", words, status=409)
