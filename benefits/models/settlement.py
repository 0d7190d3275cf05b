"""What a provider is paid for a month."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.booking import Booking
from benefits.models.case import Case
from benefits.models.provider import Provider
from members.models import Member

REFUSE = "RAISE EXCEPTION '%s' USING ERRCODE = 'restrict_violation';"
TOTAL_IS_OF_ITS_LINES = """
    IF NEW.total IS DISTINCT FROM
        (SELECT COALESCE(SUM(amount), 0) FROM benefits_settlementline WHERE settlement_id = NEW.id)
    THEN
        RAISE EXCEPTION 'a total is the sum of its lines' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
#: Of all lines that one statement writes. The row is locked by it, so nobody closes the month in between.
ADD_UP = """
    UPDATE benefits_settlement SET total = total + added_up.amount
    FROM (SELECT settlement_id, SUM(amount) AS amount FROM added GROUP BY settlement_id) AS added_up
    WHERE benefits_settlement.id = added_up.settlement_id;
    RETURN NULL;
"""
IN_AN_OPEN_MONTH = f"""
    IF EXISTS (SELECT FROM benefits_settlement WHERE id = NEW.settlement_id AND closed_at IS NOT NULL) THEN
        {REFUSE % "the month is closed"}
    END IF;
    RETURN NEW;
"""
IS_WHAT_THE_USE_COSTS = f"""
    IF NEW.kind = 'use' AND NOT EXISTS (
        SELECT FROM benefits_settlement AS here
        JOIN benefits_contract AS contract ON contract.provider_id = here.provider_id
        JOIN benefits_contractprice AS agreed ON agreed.contract_id = contract.id
        LEFT JOIN benefits_booking AS visit
            ON visit.id = NEW.booking_id AND visit.state IN ('completed', 'cancelled_late', 'no_show')
        LEFT JOIN benefits_case AS help ON help.id = NEW.case_id AND help.state IN ('done', 'cancelled_late')
        WHERE here.id = NEW.settlement_id
            AND agreed.id = COALESCE(visit.contract_price_id, help.contract_price_id)
            AND NEW.amount = COALESCE(visit.price, help.price)
    ) THEN
        {REFUSE % "a line is what was used of its provider, at its price"}
    END IF;
    RETURN NEW;
"""
CORRECTS_ITS_OWN_PROVIDERS = f"""
    IF NEW.corrects_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM benefits_settlementline AS wrong
        JOIN benefits_settlement AS there ON there.id = wrong.settlement_id
        JOIN benefits_settlement AS here ON here.id = NEW.settlement_id
        WHERE wrong.id = NEW.corrects_id AND here.provider_id = there.provider_id AND here.month >= there.month
            AND wrong.amount + NEW.amount >= 0
    ) THEN
        {REFUSE % "a line corrects one of the same provider, of no later month, to no less than nothing"}
    END IF;
    RETURN NEW;
"""
NOTHING_IS_DISPUTED = f"""
    IF EXISTS (
        SELECT FROM benefits_linedispute AS dispute
        JOIN benefits_settlementline AS line ON line.id = dispute.line_id
        WHERE line.settlement_id = NEW.id AND dispute.state = 'open'
    ) THEN
        {REFUSE % "a line of the month is disputed"}
    END IF;
    RETURN NEW;
"""


class Settlement(models.Model):
    """`month`: its first day, in Shanghai. `total`: of its lines, in CNY; the database keeps it.

    Closed, nothing of it changes any more.
    """

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="settlements", verbose_name=_("provider"))
    month = models.DateField(_("month"))
    total = models.DecimalField(_("total in CNY"), max_digits=14, decimal_places=2, default=0)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        default_permissions = ("view",)
        permissions = [("close_settlement", _("Can close settlements"))]
        ordering = ["-month", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "month"], name="benefits_settlement_once_a_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="benefits_settlement_of_a_month"),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
                name="benefits_settlement_is_closed_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="closed_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.closed_at IS NOT NULL"),
            ),
            pgtrigger.ReadOnly(name="keeps_whose_it_is", fields=["provider", "month"]),
            pgtrigger.Trigger(
                name="total_is_of_its_lines",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=TOTAL_IS_OF_ITS_LINES,
            ),
            pgtrigger.Trigger(
                name="nothing_is_disputed",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL"),
                func=NOTHING_IS_DISPUTED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.month:%Y-%m}"


class SettlementLine(models.Model):
    """One use, at the price of its contract; or a correction of an earlier line of the provider's, up or down.

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
            models.UniqueConstraint(
                fields=["corrects"], condition=models.Q(corrects__isnull=False), name="benefits_line_corrected_once"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="only_in_an_open_month", operation=pgtrigger.Insert, when=pgtrigger.Before, func=IN_AN_OPEN_MONTH
            ),
            pgtrigger.Trigger(
                name="is_what_the_use_costs",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=IS_WHAT_THE_USE_COSTS,
            ),
            pgtrigger.Trigger(
                name="corrects_its_own_providers",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=CORRECTS_ITS_OWN_PROVIDERS,
            ),
            pgtrigger.Trigger(
                name="add_up",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="added"),  # type: ignore[no-untyped-call]
                func=ADD_UP,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} {self.kind} {self.amount}"


class LineDispute(models.Model):
    """The provider says, once, that a line is wrong; staff decide. `correction`: the line that followed."""

    class State(models.TextChoices):
        OPEN = "open", _("to be decided")
        ACCEPTED = "accepted", _("accepted, corrected")
        REJECTED = "rejected", _("not accepted")

    line = models.OneToOneField(SettlementLine, models.PROTECT, related_name="dispute")
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
        default_permissions = ("view",)
        permissions = [("decide_linedispute", _("Can decide disputes of lines"))]
        ordering = ["-raised_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", decided_by=None, decided_at=None, correction=None)
                | models.Q(
                    state="accepted", decided_by__isnull=False, decided_at__isnull=False, correction__isnull=False
                )
                | models.Q(state="rejected", decided_by__isnull=False, decided_at__isnull=False, correction=None),
                name="benefits_dispute_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("raised_by")),
                name="benefits_dispute_second_person",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="keeps_what_was_said", fields=["line", "raised_by", "reason", "raised_at"]),
            pgtrigger.Protect(
                name="decided_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'open'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.state}"
