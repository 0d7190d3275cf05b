"""When the ledger was last compared with itself."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from points.models.protection import append_only


class LedgerAudit(models.Model):
    """One run of the auditor. `difference`: what differed first, nothing where all agreed. Append-only."""

    difference = models.CharField(_("difference"), max_length=200, blank=True)
    finished_at = models.DateTimeField(_("finished"), db_default=Now())

    class Meta:
        verbose_name = _("comparison of the ledger")
        verbose_name_plural = _("comparisons of the ledger")
        permissions = [("see_liability", _("Can see what is outstanding in points"))]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d} {self.difference}".strip()
