"""What a provider is paid for a month."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.booking import Booking
from benefits.models.case import Case
from benefits.models.provider import Provider
from members.models import Member

CLOSED = """
    IF EXISTS (SELECT FROM benefits_settlement WHERE id = NEW.settlement_id AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the month is closed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""


class Settlement(models.Model):
    """`month`: its first day, in Shanghai. `total`: of its lines, in CNY. Closed, nothing of it changes any more."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="settlements", verbose_name=_("provider"))
    month = models.DateField(_("month"))
    total = models.DecimalField(_("total in CNY"), max_digits=14, decimal_places=2, default=0)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        default_permissions = ("view", "change")
        ordering = ["-month", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "month"], name="benefits_settlement_once_a_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="benefits_settlement_of_a_month"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="closed_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.closed_at IS NOT NULL"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.month:%Y-%m}"


class SettlementLine(models.Model):
    """One use, at the price of its contract; or a correction of a line of a month that is closed, up or down.

    Written, it stays as it is. What is wrong is disputed, and corrected by another line.
    """

    class Kind(models.TextChoices):
        USE = "use", _("use")
        CORRECTION = "correction", _("correction")

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.USE)
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="lines")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="lines")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    amount = models.DecimalField(_("amount in CNY"), max_digits=10, decimal_places=2)
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("line of a settlement")
        verbose_name_plural = _("lines of settlements")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="use", corrects=None, amount__gte=0)
                & (models.Q(booking=None) ^ models.Q(case=None))
                | models.Q(kind="correction", corrects__isnull=False, booking=None, case=None),
                name="benefits_line_is_of_something",
            ),
            models.UniqueConstraint(
                fields=["booking"], condition=models.Q(booking__isnull=False), name="benefits_booking_settled_once"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(case__isnull=False), name="benefits_case_settled_once"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="only_in_an_open_month", operation=pgtrigger.Insert, when=pgtrigger.Before, func=CLOSED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.kind} {self.amount}"


class LineDispute(models.Model):
    """The provider says that a line is wrong; staff of the insurer decide. `correction`: the line that followed."""

    class State(models.TextChoices):
        OPEN = "open", _("to be decided")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")

    line = models.ForeignKey(SettlementLine, models.PROTECT, related_name="disputes")
    raised_by = models.ForeignKey(Member, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=500)
    raised_at = models.DateTimeField(_("raised"), db_default=Now())
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="+")
    decided_because = models.CharField(_("reason of the decision"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    correction = models.OneToOneField(
        SettlementLine, models.PROTECT, null=True, blank=True, related_name="corrects_dispute"
    )

    class Meta:
        verbose_name = _("dispute of a line")
        verbose_name_plural = _("disputes of lines")
        default_permissions = ("view", "change")
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(state="open"), name="benefits_one_open_dispute_a_line"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by=None, decided_at=None, correction=None)
                | models.Q(state__in=["accepted", "rejected"], decided_by__isnull=False, decided_at__isnull=False),
                name="benefits_dispute_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("raised_by")),
                name="benefits_dispute_second_person",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'open'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.state}"
