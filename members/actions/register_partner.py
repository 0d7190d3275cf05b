"""A partner at whose site members may sign in with their account."""

from collections.abc import Sequence
from urllib.parse import urlparse

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client
from django.db import transaction

SCOPES = ("openid", "profile", "level")


class FaultyRedirect(ValueError):
    """Not a full address by HTTPS; plain HTTP is for this very machine alone."""


@transaction.atomic
def register_partner(*, name: str, redirect_uris: Sequence[str], scopes: Sequence[str] = SCOPES) -> tuple[Client, str]:
    """The partner with its secret in plain: to be shown now, and never again. Raises FaultyRedirect, ValueError."""
    for uri in redirect_uris:
        address = urlparse(uri)
        loopback = address.scheme == "http" and address.hostname in {"127.0.0.1", "localhost"}
        if not (loopback or address.scheme == "https") or not address.hostname or address.fragment:
            raise FaultyRedirect(uri)
    if not redirect_uris or not name or set(scopes) - set(SCOPES):
        raise ValueError("a partner has a name, an address to come back to, and known scopes")
    client = Client(name=name, type=Client.Type.CONFIDENTIAL)
    client.set_redirect_uris(list(redirect_uris))
    client.set_scopes(list(scopes))
    client.set_default_scopes(["openid"])
    client.set_grant_types([Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN])
    client.set_response_types([Client.ResponseType.CODE])
    secret = get_adapter().generate_client_secret()
    client.set_secret(secret)
    client.save(force_insert=True)
    return client, secret
