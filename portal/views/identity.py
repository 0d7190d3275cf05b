"""From registered to verified, on the web."""

from urllib.parse import urlencode

from allauth.account.utils import get_next_redirect_url
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from members.actions.count_attempt import TooManyAttempts
from members.actions.grant_level import AccountNotActive
from members.actions.verify_identity import AnotherPersonsAccount, IdentityNotMatched, PersonHasAccount, verify_identity
from members.minors import GuardianNeeded
from members.models import Level, Member
from members.phone import mask
from members.queries import level_of
from members.signin.origins import context_of, origin_of
from portal.identity_forms import IdentityForm
from portal.next_step import next_step
from portal.refusals import words_for
from portal.stepping_up import asks_for
from portal.visitors import member_of


@method_decorator([never_cache, asks_for("identity.verify")], name="dispatch")
class VerifyIdentity(FormView):
    """Asks for name and document; whatever does not fit, the answer is one and the same."""

    form_class = IdentityForm
    template_name = "portal/me/verify.html"

    def form_valid(self, form: IdentityForm) -> HttpResponse:
        try:
            verify_identity(
                member=member_of(self.request),
                claim=form.claim(),
                context=context_of(self.request),
                origin=origin_of(self.request),
            )
        except (
            AccountNotActive,
            AnotherPersonsAccount,
            GuardianNeeded,
            IdentityNotMatched,
            TooManyAttempts,
        ) as refusal:
            form.add_error(None, words_for(refusal))
            if isinstance(refusal, IdentityNotMatched):
                form.add_error(None, in_words(refusal))
            return self.form_invalid(form)
        except PersonHasAccount as known:
            return self.person_has_account(known)
        onward = get_next_redirect_url(self.request)
        query = f"?{urlencode({'next': onward})}" if onward else ""
        return redirect(f"{reverse('identity-verified')}{query}")

    def person_has_account(self, known: PersonHasAccount) -> HttpResponse:
        other = Member.objects.get(pk=known.member_id)
        context = {"other_mobile": other.mobile and mask(other.mobile)}
        return render(self.request, "portal/me/has_account.html", context, status=409)


def in_words(refusal: IdentityNotMatched) -> str:
    """How it can go on today. How often a document was tried is nobody's business, until it is tried no more."""
    left = refusal.tries_left
    if not left:
        return _("That was the last try for today.")
    if refusal.document_ends:
        return _("This document number is heard no more today. If it was mistyped, you can still try the right one.")
    return ngettext("You can try once more today.", "You can try %(left)s more times today.", left) % {"left": left}


@never_cache
@require_safe
@login_required
def verified(request: HttpRequest) -> HttpResponse:
    """What follows, for whoever is verified by now; `next` is where they were going."""
    level = level_of(member_of(request))
    if level < Level.VERIFIED:
        return redirect("verify-identity")
    context = {"next": get_next_redirect_url(request), "step": next_step(level)}
    return render(request, "portal/me/verified.html", context)
