"""Going through WeChat: to sign in, to link it to one's account, and to unlink it."""

from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members.signin.origins import context_of
from members.signin.wechat import provider
from members.signin.wechat.identity import ACTION, unlink_wechat
from members.signin.wechat.pending import forget_pending
from portal.buttons import button_on
from portal.stepping_up import asks_for


@never_cache
@button_on("mfa_index")
def begin(request: HttpRequest) -> HttpResponseBase:
    """`process=connect` links it to the account of whoever is signed in. 404 where WeChat is not set up."""
    if not provider.is_set_up(request):
        raise Http404
    view = provider.begin
    if request.GET.get("process") == "connect":
        view = asks_for(ACTION, back_to="mfa_index")(view)
    return view(request)


@never_cache
def come_back(request: HttpRequest) -> HttpResponseBase:
    if not provider.is_set_up(request):
        raise Http404
    return provider.come_back(request)


@require_POST
def let_go(request: HttpRequest) -> HttpResponse:
    """Signing in goes on, on the same page (`next`), without the WeChat that waits: somebody else's, or not meant."""
    forget_pending(request)
    messages.success(request, _("This WeChat will not be linked."))
    return redirect(get_next_redirect_url(request) or "account_login")


@button_on("mfa_index")
@asks_for(ACTION, back_to="mfa_index")
def unlink(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    unlink_wechat(member=member, context=context_of(request))
    messages.success(
        request, _("WeChat is unlinked. It no longer opens your account, and we no longer write to you there.")
    )
    return redirect("mfa_index")
