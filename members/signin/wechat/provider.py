"""allauth's provider of WeChat, with the unionid for its identity and both of the insurer's applications."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.weixin.provider import WeixinProvider
from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest

from members.signin.wechat.identity import PROVIDER, WeChatIdentity

TIMEOUT_S = 5


class NoUnionId(ProviderException):
    """WeChat tells the openid alone: this application isn't joined to the insurer's open platform."""


class WeChatAdapter(WeixinOAuth2Adapter):
    """Inside WeChat the service account asks; any other browser shows the website application's QR code."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.access_token_url = f"{settings.WECHAT_API_URL}/sns/oauth2/access_token"
        self.profile_url = f"{settings.WECHAT_API_URL}/sns/userinfo"

    @property
    def authorize_url(self) -> str:
        page = "oauth2/authorize" if inside_wechat(self.request) else "qrconnect"
        return f"{settings.WECHAT_OPEN_URL}/connect/{page}"

    access_token_method = "GET"  # noqa: S105  # an HTTP method

    def get_provider(self) -> "WeChatProvider":
        return get_adapter(self.request).get_provider(self.request, PROVIDER)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        """Asks who it is. Raises NoUnionId, ProviderException. What else WeChat tells (name, picture) is not kept."""
        openid = kwargs["response"].get("openid", "")
        with get_adapter().get_requests_session() as session:
            answer = session.get(
                self.profile_url, params={"access_token": token.token, "openid": openid}, timeout=TIMEOUT_S
            )
        answer.raise_for_status()
        profile = answer.json()
        if profile.get("errcode"):
            raise ProviderException(f"WeChat answers {profile['errcode']}")
        if not profile.get("unionid"):
            raise NoUnionId
        identity = WeChatIdentity(appid=app.client_id, openid=openid, unionid=profile["unionid"])
        return self.get_provider().sociallogin_from_response(request, identity.as_dict())


class WeChatProvider(WeixinProvider):
    oauth2_adapter_class = WeChatAdapter

    def extract_uid(self, data: dict[str, str]) -> str:
        return data["unionid"]

    def extract_extra_data(self, data: dict[str, str]) -> dict[str, str]:
        return data

    def extract_common_fields(self, data: dict[str, str]) -> dict[str, str]:
        return {}

    def get_default_scope(self) -> list[str]:
        return ["snsapi_userinfo" if inside_wechat(self.request) else "snsapi_login"]


def inside_wechat(request: HttpRequest) -> bool:
    return "MicroMessenger" in request.headers.get("user-agent", "")


def is_set_up(request: HttpRequest) -> bool:
    """Whether this browser has an application to go through."""
    return bool(get_adapter(request).list_apps(request))


begin = OAuth2LoginView.adapter_view(WeChatAdapter)
come_back = OAuth2CallbackView.adapter_view(WeChatAdapter)
