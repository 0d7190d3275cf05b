"""Keys of the systems that speak to the API. Only a hash is kept; the key itself is shown once."""

from hmac import compare_digest

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.crypto import keyed_hash

PREFIX_LENGTH = 12


class Scope(models.TextChoices):
    EVENTS_WRITE = "events:write", _("send policy events")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> "ApiKeyQuerySet":
        return self.filter(revoked_at=None)

    def matching(self, key: str) -> "ApiKey | None":
        """The row of this key, whole and true, or None."""
        # U+0000 can't be asked for; nothing but printable ASCII has ever been issued.
        if not key.isascii() or not key.isprintable():
            return None
        found = self.filter(prefix=key[:PREFIX_LENGTH]).first()
        return found if found and compare_digest(bytes(found.digest), digest_of(key)) else None


class ApiKey(models.Model):
    # Chinese has other words for the names of people.
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=PREFIX_LENGTH, unique=True)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope), verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


def digest_of(key: str) -> bytes:
    return keyed_hash(key.encode(), "api_key")
