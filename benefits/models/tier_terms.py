"""By which rules a VIP tier is reached and kept: the catalogue's first, then what two people have agreed on."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.tier import Tier
from members.models import Member
from points.models.protection import AllOf

#: Columns of the terms by tier, in rising order.
THRESHOLDS = {tier: f"{tier}_from" for tier in Tier}
COSTS = {tier: f"{tier}_cost" for tier in Tier}


def money(name: Any, **other: Any) -> models.DecimalField:
    return models.DecimalField(
        name, max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal(0))], **other
    )


def factor(name: Any) -> models.DecimalField:
    return models.DecimalField(
        name,
        max_digits=4,
        decimal_places=3,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )


class TierTermsQuerySet(models.QuerySet["TierTerms"]):
    def in_force(self, *, on: date) -> "TierTermsQuerySet":
        """Those of that day are the first."""
        return self.filter(state=TierTerms.State.APPROVED, effective_on__lte=on).order_by("-effective_on", "-pk")


class TierTerms(models.Model):
    """From `effective_on` until later ones take effect (tiers.csv).

    `gold_from` and so on: the VIP premium that the tier takes, CNY a year. `gold_cost`: what a customer of the tier
    costs a year, CNY, as staff estimate it. `factor_…`: what a policy's annualised premium is multiplied by, by the
    years for which premiums are paid; the catalogue is silent about one and two years of regular premiums.
    `validity_months`: a tier is promised for so long, and to the end of that month. `buffer_days`: and kept for so
    long after it before it falls.

    Drafted, proposed and decided on as changes of earning rules are. `shipped`: from the catalogue, which nobody
    decides on here.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("waits for a second person")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    OPEN = (State.DRAFT, State.PROPOSED)

    effective_on = models.DateField(_("take effect on"))
    gold_from = money(_("Gold from a VIP premium of (CNY)"))
    platinum_from = money(_("Platinum from a VIP premium of (CNY)"))
    diamond_from = money(_("Diamond from a VIP premium of (CNY)"))
    black_diamond_from = money(_("Black Diamond from a VIP premium of (CNY)"))
    factor_10_years = factor(_("factor for premiums of 10 years or more"))
    factor_5_years = factor(_("factor for premiums of 5 to 9 years"))
    factor_3_years = factor(_("factor for premiums of 3 or 4 years"))
    factor_below_3_years = factor(_("factor for premiums of 1 or 2 years"))
    factor_single = factor(_("factor for a single premium"))
    factor_short = factor(_("factor for insurance of a year or less"))
    validity_months = models.PositiveSmallIntegerField(
        _("valid for (months)"), validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    buffer_days = models.PositiveSmallIntegerField(
        _("kept before it falls for (days)"), validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    gold_cost = money(_("a Gold customer costs a year (CNY)"), default=0)
    platinum_cost = money(_("a Platinum customer costs a year (CNY)"), default=0)
    diamond_cost = money(_("a Diamond customer costs a year (CNY)"), default=0)
    black_diamond_cost = money(_("a Black Diamond customer costs a year (CNY)"), default=0)

    shipped = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    reason = models.TextField(_("reason"), blank=True)
    drafted_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted"), db_default=Now())
    proposed_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), null=True)
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.TextField(_("remark on the decision"), blank=True)

    objects = TierTermsQuerySet.as_manager()

    class Meta:
        verbose_name = _("rules of VIP tiers")
        verbose_name_plural = _("rules of VIP tiers")
        ordering = ["-effective_on", "-pk"]
        permissions = [
            ("decide_tierterms", _("Can approve rules of VIP tiers")),
            ("simulate_tierterms", _("Can simulate rules of VIP tiers")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    gold_from__gt=0,
                    platinum_from__gt=models.F("gold_from"),
                    diamond_from__gt=models.F("platinum_from"),
                    black_diamond_from__gt=models.F("diamond_from"),
                ),
                name="benefits_tiers_rise",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    **{
                        f"factor_{which}__range": (0, 1)
                        for which in ("10_years", "5_years", "3_years", "below_3_years", "single", "short")
                    }
                ),
                name="benefits_tier_factors",
            ),
            models.CheckConstraint(
                condition=models.Q(validity_months__range=(1, 60), buffer_days__range=(1, 366)),
                name="benefits_tier_lasts",
            ),
            models.UniqueConstraint(
                fields=["shipped"], condition=models.Q(shipped=True), name="benefits_tier_terms_shipped_once"
            ),
            models.CheckConstraint(
                condition=models.Q(shipped=True, state="approved", drafted_by=None)
                | models.Q(shipped=False, drafted_by__isnull=False),
                name="benefits_tier_terms_have_an_author",
            ),
            models.CheckConstraint(
                condition=models.Q(shipped=True)
                | models.Q(state__in=["draft", "withdrawn"])
                | models.Q(proposed_by__isnull=False, proposed_at__isnull=False),
                name="benefits_tier_terms_are_proposed_first",
            ),
            models.CheckConstraint(
                condition=models.Q(shipped=True)
                | ~models.Q(state__in=["approved", "rejected"]) & models.Q(decided_by=None, decided_at=None)
                | models.Q(state__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decided_by=models.F("proposed_by"))
                & ~models.Q(decided_by=models.F("drafted_by")),
                name="benefits_tier_terms_take_two",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="ended_stays",
                operation=pgtrigger.Update,
                condition=AllOf(pgtrigger.Q(old__shipped=False), ~pgtrigger.Q(old__state__in=["draft", "proposed"])),
            ),
            pgtrigger.Protect(
                name="proposed_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=AllOf(
                    pgtrigger.Q(old__state="proposed"),
                    pgtrigger.AnyChange(exclude=["state", "decided_by", "decided_at", "remark"]),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effective_on} #{self.pk}"

    def terms(self) -> dict[str, Any]:
        """Every field of the rules themselves, by name."""
        return {name: getattr(self, name) for name in TERMS}

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> "TierTerms":
        """Rules that are in force nowhere, as JSON has kept what `terms` gave."""
        fields = {field.name: field for field in cls._meta.fields}
        return cls(**{name: fields[name].to_python(value) for name, value in stored.items()})

    def threshold(self, tier: Tier) -> Decimal:
        """The VIP premium that the tier takes, CNY a year."""
        return Decimal(getattr(self, THRESHOLDS[tier]))

    def cost(self, tier: Tier) -> Decimal:
        """CNY a year for each customer of the tier."""
        return Decimal(getattr(self, COSTS[tier]))


TERMS = (
    "effective_on",
    *THRESHOLDS.values(),
    *(f"factor_{which}" for which in ("10_years", "5_years", "3_years", "below_3_years", "single", "short")),
    "validity_months",
    "buffer_days",
    *COSTS.values(),
)
