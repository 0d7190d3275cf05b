"""The code that our people send a member at a counter or on the phone: it leads to what the member then does alone."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from members.actions.count_attempt import TooManyAttempts
from members.actions.send_service_code import CodeUnusable, use_service_code
from members.models import ServiceCode
from portal.refusals import words_for
from portal.sign_in_forms import CodeForm
from portal.visitors import member_of

LEADS_TO = {
    ServiceCode.Purpose.VERIFY_IDENTITY: "verify-identity",
    ServiceCode.Purpose.VERIFY_FACE: "face-verify",
}


@method_decorator(never_cache, name="dispatch")
class EnterServiceCode(LoginRequiredMixin, FormView):
    form_class = CodeForm
    template_name = "portal/me/service_code.html"

    def form_valid(self, form: CodeForm) -> HttpResponse:
        try:
            used = use_service_code(member=member_of(self.request), code=form.cleaned_data["code"])
        except TooManyAttempts as refusal:
            form.add_error("code", words_for(refusal))
        except CodeUnusable:
            form.add_error(
                "code", _("This code is not good, or no longer. Please compare it, or ask our people for a new one.")
            )
        else:
            return redirect(LEADS_TO[ServiceCode.Purpose(used.purpose)])
        form.data = {}
        return self.form_invalid(form)
