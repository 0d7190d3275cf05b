"""allauth's adapter of passkeys, authenticator apps and recovery codes; and who must show one when signing in."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from members.crypto import seal, unseal
from members.models import Language
from members.signin.devices import device_in_words

SEALED_AS = "mfa.authenticator"


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return urlsafe_b64encode(seal(text.encode(), SEALED_AS)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(urlsafe_b64decode(encrypted_text), SEALED_AS).decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """The device that it is made on, by which its owner will know it."""
        return device_in_words(context.request.headers.get("user-agent", ""))

    def get_totp_issuer(self) -> str:
        return self._get_site_name()

    def _get_site_name(self) -> str:
        return settings.INSURER_NAME[Language.current()]

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return str(user)


class StaffSecondFactorStage(AuthenticateStage):
    """Staff show a second factor whenever they sign in. A member's passkey opens the account, but never bars it."""

    def _should_handle(self, request: object) -> bool:
        user = self.login.user
        return bool(user and user.is_staff) and super()._should_handle(request)
