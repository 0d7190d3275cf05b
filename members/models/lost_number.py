"""An account whose number staff took off, until somebody else of the staff gives it back."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class LostNumber(models.Model):
    """While it is open (`given_back_at` is null) nothing opens the account; who took the number off never gives it
    back, the database insists. `evidence`: the number of the record of what was shown.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="lost_numbers", verbose_name=_("member"))
    evidence = models.CharField(_("evidence"), max_length=60)
    taken_off_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("taken off by"))
    taken_off_at = models.DateTimeField(_("taken off"), db_default=Now())
    given_back_by = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="+", verbose_name=_("given back by")
    )
    given_back_at = models.DateTimeField(_("given back"), null=True)

    class Meta:
        verbose_name = _("lost number")
        verbose_name_plural = _("lost numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(given_back_at=None), name="lost_number_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(given_back_at=None, given_back_by=None)
                | models.Q(given_back_at__isnull=False, given_back_by__isnull=False)
                & ~models.Q(given_back_by=models.F("taken_off_by")),
                name="lost_number_takes_two",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="only_given_back", exclude=["given_back_by", "given_back_at"]),
            pgtrigger.Protect(
                name="given_back_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__given_back_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.evidence}"
