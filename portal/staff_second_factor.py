"""Outside the demo, nobody enters the staff pages without having shown a passkey, an app's code or a recovery code."""

from collections.abc import Callable
from urllib.parse import quote

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.logout import logout
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

STAFF_PAGES = "/admin/"


class StaffSecondFactor:
    """Middleware before every staff page, Wagtail's log-in included, which knows of no second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return (request.path.startswith(STAFF_PAGES) and self.instead(request)) or self.get_response(request)

    def instead(self, request: HttpRequest) -> HttpResponse | None:
        """Where to go instead of the staff page; None for whoever may enter. Members are refused (PermissionDenied)."""
        if settings.DEMO:
            return None
        sign_in = HttpResponseRedirect(f"{reverse('account_login')}?next={quote(request.path)}")
        if not request.user.is_authenticated:
            return sign_in
        if not request.user.is_staff:
            raise PermissionDenied
        if any(record["method"] == "mfa" for record in get_authentication_records(request, request.user)):
            return redirect("wagtailadmin_home") if request.path == reverse("wagtailadmin_login") else None
        if is_mfa_enabled(request.user):
            logout(request, show_message=False)
            return sign_in
        messages.warning(
            request, _("The staff pages need a second factor: please set up a passkey or an authenticator app first.")
        )
        return redirect("mfa_index")
