"""What a member agreed to: read, given, and taken back as easily."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.actions.give_consent import TextOutdated, give_consent, withdraw_consent
from members.assurance import AssuranceRefused
from members.consents import MARKETING, NEEDED, ConsentText, current_text, text_of
from members.minors import GuardianNeeded
from members.models import Consent, Language, Member
from members.phone import mask
from members.signin.origins import context_of
from portal.asking_again import onward
from portal.assured import refused
from portal.numbers import number_from
from portal.refusals import words_for
from portal.visitors import member_of

Kind = Consent.Kind


@never_cache
@require_safe
@login_required
def consents(request: HttpRequest) -> HttpResponse:
    live = {consent.kind: consent for consent in member_of(request).consents.live()}
    groups = [
        (_("What your account rests on"), NEEDED),
        (_("Your face"), (Kind.FACE,)),
        (_("Reminders and offers"), tuple(MARKETING.values())),
    ]
    language = Language.current()
    shown = [(title, [(current_text(kind, language), live.get(kind)) for kind in kinds]) for title, kinds in groups]
    children = [(each.member, mask(each.member.mobile)) for each in Consent.objects.of_guardian(member_of(request))]
    return render(request, "portal/consents.html", {"groups": shown, "children": children})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def consent(request: HttpRequest, kind: str) -> HttpResponse:
    """The words of one consent, with the button to agree or to take it back (`answer`: yes or no)."""
    member, about = member_of(request), known(kind)
    if request.method == "POST":
        if request.POST.get("answer") == "no":
            return take_back(request, member, about)
        return agree(request, member, about)
    live = member.consents.live().filter(kind=about).first()
    text = current_text(about, Language.current())
    return render(
        request,
        "portal/consent.html",
        {
            "text": text,
            "live": live,
            "outdated": bool(live and live.version < text.version),
            "needed": about in NEEDED,
        },
    )


def agree(request: HttpRequest, member: Member, kind: Consent.Kind) -> HttpResponse:
    try:
        give_consent(
            member=member,
            kind=kind,
            version=number_from(request.POST.get("version", "")),
            language=Language.current(),
            entrance=context_of(request).entrance,
        )
    except (TextOutdated, LookupError):
        messages.warning(request, _("The words have changed meanwhile. Please read them once more."))
        return redirect("consent", kind)
    except GuardianNeeded as refusal:
        messages.error(request, words_for(refusal))
        return redirect("consent", kind)
    messages.success(request, current_text(kind, Language.current()).given)
    return redirect(onward(request, member))


def take_back(request: HttpRequest, member: Member, kind: Consent.Kind) -> HttpResponse:
    if kind in NEEDED:
        return redirect("consent", kind)
    agreed = member.consents.live().filter(kind=kind).first()
    try:
        withdraw_consent(member=member, kind=kind, context=context_of(request))
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    if agreed:
        messages.success(request, words_of(agreed).withdrawn)
    return redirect("consents")


def words_of(agreed: Consent) -> ConsentText:
    return text_of(agreed.kind, agreed.version, Language.current())


def known(kind: str) -> Consent.Kind:
    """Raises Http404. A guardian's consent is not given by the child."""
    if kind not in Kind.values or kind == Kind.GUARDIAN:
        raise Http404
    return Kind(kind)
