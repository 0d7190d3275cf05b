"""VIP tiers, and who has which since when."""

from datetime import date

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.ranges import DateRange, OneKeyRange
from members.models import Customer


class Tier(models.TextChoices):
    """In rising order (tiers.csv)."""

    GOLD = "gold", _("Gold")
    PLATINUM = "platinum", _("Platinum")
    DIAMOND = "diamond", _("Diamond")
    BLACK_DIAMOND = "black_diamond", _("Black Diamond")

    @property
    def rank(self) -> int:
        """1 for gold, 4 for black diamond."""
        return list(Tier).index(self) + 1


class TierPeriodQuerySet(models.QuerySet["TierPeriod"]):
    def on(self, day: date) -> "TierPeriodQuerySet":
        """Those that count on that day."""
        return self.filter(models.Q(ended_on=None) | models.Q(ended_on__gt=day), starts_on__lte=day)


class TierPeriod(models.Model):
    """A customer has a tier from `starts_on` until `ended_on`, exclusive; None while it goes on.

    `valid_to`: the last day that was promised when it began or was renewed (tiers.csv: 12 months, to the end of the
    month). `buffer_to`: the last day of the 60 days after it, where the next assessment found less; None where it found
    enough. Corporate policyholders have no tier.
    """

    class Cause(models.TextChoices):
        MONTHLY = "monthly", _("monthly assessment")
        POLICY_CHANGE = "policy_change", _("change of a policy")
        TERMS_CHANGE = "terms_change", _("change of the rules")
        BUFFER_OVER = "buffer_over", _("end of the days for which it was kept")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tier_periods", verbose_name=_("customer"))
    tier = models.CharField(_("tier"), max_length=13, choices=Tier)
    starts_on = models.DateField(_("since"))
    valid_to = models.DateField(_("valid to"))
    buffer_to = models.DateField(_("kept until"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    cause = models.CharField(_("cause"), max_length=13, choices=Cause)
    created_at = models.DateTimeField(db_default=Now())

    objects = TierPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("VIP tier")
        verbose_name_plural = _("VIP tiers")
        ordering = ["customer", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(ended_on=None), name="benefits_one_tier_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__gte=models.F("starts_on")), name="benefits_tier_valid_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(buffer_to=None) | models.Q(buffer_to__gt=models.F("valid_to")),
                name="benefits_tier_buffer_after_validity",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("starts_on")),
                name="benefits_tier_ends_after_start",
            ),
            ExclusionConstraint(
                name="benefits_tiers_follow_each_other",
                expressions=[
                    (OneKeyRange("customer"), RangeOperators.OVERLAPS),
                    (DateRange("starts_on", "ended_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(
                fields=["buffer_to"],
                condition=models.Q(ended_on=None, buffer_to__isnull=False),
                name="benefits_tier_buffers",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tier} {self.starts_on}"
