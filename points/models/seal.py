"""The hash chain over what was booked, and what the insurer's accounts came to by then."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from points.models.account import System
from points.models.protection import append_only, never_emptied

# Asked at the commit, once for each block: the postings are put under their seal after it was made.
CONTINUES = """
    IF NEW.previous_hash IS DISTINCT FROM (
        CASE NEW.number WHEN 1 THEN decode(repeat('00', 32), 'hex')
            ELSE (SELECT hash FROM points_seal WHERE number = NEW.number - 1) END
    ) THEN
        RAISE EXCEPTION 'seal % does not continue the one before', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.postings_count <> (SELECT count(*) FROM points_posting WHERE seal_id = NEW.id) THEN
        RAISE EXCEPTION 'seal % has other postings than it says', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


class Seal(models.Model):
    """A block of postings, closed under one hash that continues the block before it. Append-only.

    A posting that is changed, taken out or put in later no longer gives the hash (`manage.py verify_ledger`).
    """

    number = models.BigIntegerField(_("number"), unique=True)
    postings_count = models.IntegerField(_("postings"))
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(_("sealed"), db_default=Now())

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gt=0, postings_count__gt=0), name="points_seal_counts")
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="continues",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=CONTINUES,
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class SystemTotal(models.Model):
    """The sum of an insurer's account over one day's entries (Asia/Shanghai) that are sealed; the sealing job adds."""

    system = models.SmallIntegerField(choices=System)
    booked_on = models.DateField()
    points = models.BigIntegerField()

    class Meta:
        verbose_name = _("total of an insurer's account")
        verbose_name_plural = _("totals of the insurer's accounts")
        constraints = [models.UniqueConstraint(fields=["system", "booked_on"], name="points_system_total_per_day")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.booked_on} {self.points}"
