"""Another phone number for the account, also when the old one is lost."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.actions.change_mobile import MobileTaken, NumberNotProved, SameMobile, change_mobile
from members.assurance import AssuranceRefused
from members.models import Member
from members.phone import mask
from members.signin.origins import context_of
from portal.assured import refused
from portal.views.another_number import LOST, Flow, number_proved, too_late
from portal.visitors import member_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: HttpRequest, flow: Flow) -> HttpResponse:
    """Both numbers, once more, and the button. Whoever has another account under the new one may merge the two."""
    member, proven = member_of(request), number_proved(request)
    if proven is None:
        return too_late(request, flow)
    lost = flow is LOST
    if request.method == "POST":
        try:
            changed = change_mobile(member=member, proven_id=proven.pk, context=context_of(request), lost=lost)
        except AssuranceRefused as refusal:
            return refused(request, refusal)
        except MobileTaken:
            return taken(request, mask(proven.mobile))
        except (NumberNotProved, SameMobile):  # pressed twice
            return redirect("me")
        request.session[HASH_SESSION_KEY] = changed.get_session_auth_hash()  # the password may have ended
        return done(request, changed, lost=lost)
    shown = {"flow": flow, "lost": lost, "old": mask(member.mobile), "new": mask(proven.mobile)}
    return render(request, "portal/me/change_phone.html", shown)


def done(request: HttpRequest, member: Member, *, lost: bool) -> HttpResponse:
    hours = int(settings.COOLING_AFTER_CHANGE.total_seconds() // 3600)
    sign_in = _("Your number is changed. From now on you sign in with %(mobile)s.") % {"mobile": mask(member.mobile)}
    cooling = _("For %(hours)s hours the account does nothing risky: a thief would gain nothing by such a change.")
    messages.success(request, f"{sign_in} {cooling % {'hours': hours}}")
    if lost:
        messages.info(request, _("Password, passkeys and WeChat have ended. You set them up again under “Signing in”."))
    return redirect("me")


def taken(request: HttpRequest, mobile: str) -> HttpResponse:
    words = {
        "look": "wait",
        "title": _("This number has an account of its own"),
        "why": _("You have shown that %(mobile)s is yours, so that account is yours, too.") % {"mobile": mobile},
        "now": _("The two can be made one: nothing of either is lost."),
        "href": reverse("merge-accounts-done"),
        "action": _("Make two accounts one"),
        "href2": reverse("me"),
        "action2": _("Leave it as it is"),
    }
    return render(request, "portal/result.html", words, status=409)
