"""Partners log members in by OpenID Connect: discovery, the member's consent, and what the partner then asks.

allauth's views, of which only the authorization code flow with PKCE is open.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.idp.oidc import views
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.internal.oauthlib.utils import respond_html_error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import include, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from portal.views.devices import leave


@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    """OpenID Connect Discovery 1.0: what is open here, and nothing that allauth could do besides."""
    issuer = get_adapter().get_issuer()

    def at(name: str) -> str:
        return issuer + reverse(f"idp:oidc:{name}")

    return JsonResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": at("authorization"),
            "token_endpoint": at("token"),
            "userinfo_endpoint": at("userinfo"),
            "revocation_endpoint": at("revoke"),
            "jwks_uri": at("jwks"),
            "scopes_supported": ["openid", "profile", "level"],
            "claims_supported": ["sub", "name", "level"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        },
        headers={"Access-Control-Allow-Origin": "*"},
    )


class NeedsPkce(InvalidRequestError):
    description = "code_challenge with code_challenge_method=S256 is required."


@method_decorator(csrf_exempt, name="dispatch")  # allauth checks it itself, where the member answers
class Authorization(views.AuthorizationView):
    """Asks the member, in plain words, whether this partner may know."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("code_challenge_method") != "S256" or not request.GET.get("code_challenge"):
            return respond_html_error(request, error=NeedsPkce())
        return super().get(request, *args, **kwargs)

    def _handle_login_prompt(self, request: HttpRequest, prompts: list[str]) -> HttpResponse:
        """`prompt=login`: the member signs in anew, with whatever their account asks."""
        leave(request)
        again = request.GET.copy()
        again.pop("prompt")
        if others := [prompt for prompt in prompts if prompt != "login"]:
            again["prompt"] = " ".join(others)
        return HttpResponseRedirect(
            f"{reverse('account_login')}?{urlencode({'next': f'{request.path}?{again.urlencode()}'})}"
        )


oidc = (
    [
        path(".well-known/openid-configuration", configuration, name="configuration"),
        path(".well-known/jwks.json", views.jwks, name="jwks"),
        path("partners/authorize", Authorization.as_view(), name="authorization"),
        path("partners/token", views.token, name="token"),
        path("partners/userinfo", views.user_info, name="userinfo"),
        path("partners/revoke", views.revoke, name="revoke"),
    ],
    "oidc",
)
urlpatterns = [path("", include(oidc))]
app_name = "idp"
