"""Leaving: what follows from it, the time to think it over, and staying after all."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.actions.close_account import reopen_account, request_closure
from members.assurance import AssuranceRefused
from members.closing import ClosureRefused, consequences
from members.models import AccountClosure
from members.signin.origins import context_of, entrance_of
from portal.assured import refused
from portal.buttons import button_on
from portal.visitors import member_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def close(request: HttpRequest) -> HttpResponse:
    """What becomes of everything; by POST the account closes in a while."""
    member = member_of(request)
    if request.method == "POST":
        try:
            request_closure(member=member, context=context_of(request))
        except AssuranceRefused as refusal:
            return refused(request, refusal)
        except ClosureRefused:  # something new stands against it: the page says what
            pass
        return redirect("close-account")
    said = consequences(member)
    shown = {
        "pending": AccountClosure.objects.pending().filter(member=member).first(),
        "obstacles": [each.text for each in said if each.blocks],
        "consequences": [each.text for each in said if not each.blocks],
        "days": settings.CLOSURE_COOLING_OFF.days,
    }
    return render(request, "portal/me/close.html", shown)


@never_cache
@button_on("close-account")
@login_required
def keep(request: HttpRequest) -> HttpResponse:
    if reopen_account(member=member_of(request), entrance=entrance_of(request)):
        messages.success(request, _("Good to have you. Your account stays, with everything in it."))
    return redirect("me")
