"""What partners learn of a member who signs in to them through us: little, and each partner something else."""

from collections.abc import Iterable
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from members.crypto import keyed_hash
from members.models import Member
from members.queries import level_of

HALF = 8


class OIDCAdapter(DefaultOIDCAdapter):
    """`sub` is stable, differs from partner to partner, and says nothing about the person."""

    scope_display = {
        "openid": _("that you are a member (by a number made for this partner alone)"),
        "profile": _("your family name, the rest masked"),
        "level": _("how sure we are of who you are: registered, verified or advanced"),
    }

    def get_issuer(self) -> str:
        return settings.WAGTAILADMIN_BASE_URL.rstrip("/")

    def get_claims(
        self,
        purpose: Any,
        user: AbstractBaseUser,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        assert isinstance(user, Member)
        claims = {"sub": self.get_user_sub(client, user)}
        if "profile" in scopes and user.name:
            claims["name"] = user.name[0] + "*" * (len(user.name) - 1)
        if "level" in scopes:
            claims["level"] = level_of(user).name.lower()
        return claims

    def get_user_sub(self, client: Client, user: AbstractBaseUser) -> str:
        return cipher().encryptor().update(user.pk.to_bytes(HALF) + mark_of(client)).hex()

    def get_user_by_sub(self, client: Client, sub: str) -> Member | None:
        try:
            block = bytes.fromhex(sub)
        except ValueError:
            return None
        if len(block) != 2 * HALF:
            return None
        plain = cipher().decryptor().update(block)
        if plain[HALF:] != mark_of(client):
            return None
        return Member.objects.filter(pk=int.from_bytes(plain[:HALF]), is_active=True).first()


def cipher() -> Cipher[modes.ECB]:
    """Turns one block into one other and back; no two blocks of ours are ever the same, so ECB gives nothing away."""
    return Cipher(algorithms.AES(keyed_hash(b"", "oidc_sub")), modes.ECB())  # noqa: S305


def mark_of(client: Client) -> bytes:
    return keyed_hash(client.pk.encode(), "oidc_client")[:HALF]
