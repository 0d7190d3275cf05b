"""What all workers must agree on about a provider: how fast it may be called, and whether it is being left alone."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from notifications.labels import provider_name


class ProviderState(models.Model):
    """One provider as every worker sees it. Staff set `rate_per_s`; the rest follows what calls bring.

    `paused_until`: nobody calls before, because it failed `failures` batches in a row or asked for a pause.
    `tokens` messages may be sent at once as of `refilled_at` (a token bucket of one second's rate).
    """

    name = models.CharField(_("provider"), max_length=30, primary_key=True)
    rate_per_s = models.PositiveIntegerField(
        _("messages per second"), null=True, blank=True, help_text=_("empty: as fast as it takes them")
    )
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(db_default=Now())
    failures = models.PositiveIntegerField(_("batches failed in a row"), default=0)
    paused_until = models.DateTimeField(_("left alone until"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    last_failed_at = models.DateTimeField(_("last failure"), null=True, blank=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name"]

    def __str__(self) -> str:
        return provider_name(self.name)
