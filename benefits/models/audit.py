"""When bookings were last compared with what they hold."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class BenefitsAudit(models.Model):
    """One run of the auditor, once for each kind of `difference` that it found; empty where all agreed."""

    difference = models.CharField(_("difference"), max_length=200, blank=True)
    finished_at = models.DateTimeField(_("finished"), db_default=Now())

    class Meta:
        verbose_name = _("comparison of the bookings")
        verbose_name_plural = _("comparisons of the bookings")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d} {self.difference}".strip()
