"""allauth's adapter of other people's log-ins, of which WeChat is the only one."""

from typing import Any
from urllib.parse import urlencode

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from members.assurance import AssuranceRefused
from members.entrances import Entrance
from members.models import Member
from members.signin.origins import ENTRANCE_KEY, context_of
from members.signin.wechat.identity import (
    PROVIDER,
    AnotherWeChatLinked,
    LinkedToAnotherMember,
    WeChatIdentity,
    keep_pair,
    link_wechat,
)
from members.signin.wechat.pending import PENDING_KEY, forget_pending, keep_pending, pending_wechat

log = structlog.get_logger(__name__)


class SocialAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> Any:
        """Nothing that WeChat tells becomes part of an account."""
        return sociallogin.user

    def list_apps(self, request: HttpRequest | None, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """The application that this browser goes through: the service account's inside WeChat, else the website's."""
        from members.signin.wechat.provider import inside_wechat

        inside = request is not None and inside_wechat(request)
        appid, secret = (
            (settings.WECHAT_APPID, settings.WECHAT_SECRET)
            if inside
            else (settings.WECHAT_WEB_APPID, settings.WECHAT_WEB_SECRET)
        )
        return [SocialApp(provider=PROVIDER, name="WeChat", client_id=appid, secret=secret)] if secret else []

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Links for who is signed in, opens the account of who is linked, and asks anybody else for their number."""
        identity = WeChatIdentity(**sociallogin.account.extra_data)
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if request.user.is_authenticated:
                link(request, request.user, identity)
            raise ImmediateHttpResponse(redirect("mfa_index"))
        if sociallogin.is_existing:
            forget_pending(request)  # another WeChat may have waited here
            request.session[ENTRANCE_KEY] = Entrance.WECHAT
            try:
                keep_pair(member=sociallogin.user, identity=identity)
            except LinkedToAnotherMember:
                log.warning("wechat_pair_of_another_member", appid=identity.appid)
            return
        keep_pending(request, identity)
        messages.info(
            request,
            _(
                "Your WeChat is not linked to an account yet. "
                "Enter your mobile number once; from then on WeChat is enough."
            ),
        )
        onward = sociallogin.get_redirect_url(request)
        query = f"?{urlencode({'next': onward})}" if onward else ""
        raise ImmediateHttpResponse(redirect(f"{reverse('account_login')}{query}"))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        from members.signin.wechat.provider import NoUnionId

        log.warning("wechat_sign_in_failed", error=type(exception).__name__ if exception else str(error))
        if isinstance(exception, NoUnionId):
            said = _("WeChat did not tell us who you are. Please sign in by phone and code.")
        else:
            said = _(
                "Signing in through WeChat did not work this time. Please try again, or sign in by phone and code."
            )
        messages.error(request, said)
        raise ImmediateHttpResponse(redirect("account_login"))


def link_pending(request: HttpRequest, member: Member) -> None:
    """Whoever came through an unlinked WeChat has proved a number by now."""
    if identity := pending_wechat(request):
        del request.session[PENDING_KEY]
        link(request, member, identity)


def link(request: HttpRequest, member: Any, identity: WeChatIdentity) -> None:
    try:
        link_wechat(member=member, identity=identity, context=context_of(request))
    except LinkedToAnotherMember:
        messages.error(request, _("This WeChat is linked to another account. Unlink it there first, or call us."))
    except AnotherWeChatLinked:
        messages.error(request, _("Another WeChat is linked to your account. Unlink that one first."))
    except AssuranceRefused:
        messages.error(request, _("To link WeChat, sign in by code or passkey."))
    else:
        messages.success(request, _("WeChat is linked. From now on it opens your account."))
