"""From registered to verified, on the web."""

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from members.actions.count_attempt import TooManyAttempts
from members.actions.verify_identity import IdentityNotMatched, PersonHasAccount, verify_identity
from members.minors import GuardianNeeded
from members.models import Member
from members.phone import mask
from members.queries import level_of
from members.signin.origins import context_of, origin_of
from portal.identity_forms import IdentityForm
from portal.next_step import next_step
from portal.refusals import words_for
from portal.stepping_up import asks_for


@method_decorator([never_cache, asks_for("identity.verify")], name="dispatch")
class VerifyIdentity(FormView):
    """Asks for name and document; whatever does not fit, the answer is one and the same."""

    form_class = IdentityForm
    template_name = "portal/me/verify.html"

    def form_valid(self, form: IdentityForm) -> HttpResponse:
        member = self.request.user
        assert isinstance(member, Member)
        try:
            verify_identity(
                member=member,
                claim=form.claim(),
                context=context_of(self.request),
                origin=origin_of(self.request),
            )
        except (IdentityNotMatched, GuardianNeeded, TooManyAttempts) as refusal:
            form.add_error(None, words_for(refusal))
            return self.form_invalid(form)
        except PersonHasAccount as known:
            return self.person_has_account(known)
        return verified(self.request)

    def person_has_account(self, known: PersonHasAccount) -> HttpResponse:
        other = Member.objects.get(pk=known.member_id)
        return render(self.request, "portal/me/has_account.html", {"other_mobile": mask(other.mobile)}, status=409)


def verified(request: HttpRequest) -> HttpResponse:
    member = request.user
    assert isinstance(member, Member)
    context = {"next": get_next_redirect_url(request), "step": next_step(level_of(member))}
    return render(request, "portal/me/verified.html", context)
