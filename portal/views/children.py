"""A parent or guardian agrees to a child's account: with the child's phone at hand, and takes it back as easily."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.actions.agree_for_child import agree_for_child, take_back_for_child
from members.actions.give_consent import TextOutdated
from members.assurance import AssuranceRefused
from members.consents import current_text
from members.minors import NotAGuardian
from members.models import Consent, Language, Member
from members.phone import mask
from members.signin.origins import context_of
from portal.assured import refused
from portal.buttons import button_on
from portal.numbers import number_from
from portal.views.another_number import CHILD, number_proved, too_late
from portal.visitors import member_of

GUARDIAN = Consent.Kind.GUARDIAN


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def agree(request: HttpRequest) -> HttpResponse:
    """The words that a guardian agrees to, for the account whose phone they have shown to hold."""
    proven = number_proved(request)
    if proven is None:
        return too_late(request, CHILD)
    child = Member.objects.filter(mobile_index=proven.mobile_index).first()
    if child is None:
        return no_account(request, mask(proven.mobile))
    if request.method == "POST":
        return agreed(request, child)
    text = current_text(GUARDIAN, Language.current())
    return render(request, "portal/me/agree_for_child.html", {"text": text, "mobile": mask(child.mobile)})


def agreed(request: HttpRequest, child: Member) -> HttpResponse:
    try:
        agree_for_child(
            child=child,
            guardian=member_of(request),
            version=number_from(request.POST.get("version", "")),
            language=Language.current(),
            context=context_of(request),
        )
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    except NotAGuardian:
        return not_a_guardian(request)
    except (TextOutdated, LookupError):
        messages.warning(request, _("The words have changed meanwhile. Please read them once more."))
        return redirect("child-consent-done")
    messages.success(request, current_text(GUARDIAN, Language.current()).given)
    return redirect("consents")


@never_cache
@button_on("consents")
@login_required
def take_back(request: HttpRequest, child_id: int) -> HttpResponse:
    child = Member.objects.filter(pk=child_id).first()
    try:
        if child is None:
            raise NotAGuardian
        take_back_for_child(child=child, guardian=member_of(request), context=context_of(request))
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    except NotAGuardian as refusal:
        raise Http404 from refusal
    messages.success(request, current_text(GUARDIAN, Language.current()).withdrawn)
    return redirect("consents")


def no_account(request: HttpRequest, mobile: str) -> HttpResponse:
    words = {
        "look": "wait",
        "title": _("First the child signs in"),
        "why": _("There is no account under %(mobile)s yet.") % {"mobile": mobile},
        "now": _("Let the child sign in with this number once; then agree here."),
        "href": reverse("consents"),
        "action": _("My consents"),
    }
    return render(request, "portal/result.html", words, status=409)


def not_a_guardian(request: HttpRequest) -> HttpResponse:
    words = {
        "look": "bad",
        "title": _("We don't know you as this child's guardian"),
        "why": _("By our records you are not the parent or guardian of this child, or not of age."),
        "now": _("Please come to a counter together, with the household register or the birth certificate."),
        "href": reverse("consents"),
        "action": _("My consents"),
    }
    return render(request, "portal/result.html", words, status=403)
