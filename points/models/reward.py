"""What points are redeemed for."""

from datetime import date, datetime
from typing import Any

import pgtrigger
from dateutil.relativedelta import relativedelta
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.catalogue import duration
from members.models import Level

#: Of the catalogue, what staff may set otherwise (rewards.csv); loading it again leaves that alone.
SET_BY_STAFF = ("name_zh", "name_en", "cost_points", "limit_count", "limit_period", "required_level", "validity")
#: So many codes left, and staff are told to order more, where they have set nothing else.
ALERT_BELOW = 20


class RewardQuerySet(models.QuerySet["Reward"]):
    def pools(self) -> "RewardQuerySet":
        return self.filter(fulfilment=Reward.Fulfilment.VOUCHER_POOL)

    def shown(self, *, at: datetime) -> "RewardQuerySet":
        """What members find in the catalogue at that moment, sold out or not."""
        begun = models.Q(on_sale_from=None) | models.Q(on_sale_from__lte=at)
        goes_on = models.Q(on_sale_until=None) | models.Q(on_sale_until__gt=at)
        return self.filter(begun, goes_on, is_on_sale=True)


class Reward(models.Model):
    """A row of rewards.csv, as staff have it now.

    `stock`: how many are left, None where there is no end, or where the codes of the pool are what there is.
    `validity`: for how long the voucher is good once it was delivered, as ISO-8601 duration. `shipped`: what the
    catalogue said when it was last loaded. `low_since`: since when few are left.
    """

    class Kind(models.TextChoices):
        PHONE_CREDIT = "phone_credit", _("phone credit")
        E_CARD = "e_card", _("e-card")
        VIDEO_MEMBERSHIP = "video_membership", _("video membership")
        HEALTH = "health", _("health")
        FESTIVAL = "festival", _("festival")
        DONATION = "donation", _("donation")

    class Fulfilment(models.TextChoices):
        PROVIDER_API = "provider_api", _("provider")
        VOUCHER_POOL = "voucher_pool", _("voucher codes")
        DONATION = "donation", _("donation")

    class Period(models.TextChoices):
        DAY = "day", _("in a calendar day")
        MONTH = "month", _("in a calendar month")
        YEAR = "year", _("in a calendar year")
        LIFETIME = "lifetime", _("ever")

    sku = models.CharField(_("code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    description_zh = models.TextField(_("Chinese description"), max_length=1000, blank=True)
    description_en = models.TextField(_("English description"), max_length=1000, blank=True)
    picture = models.ForeignKey(
        "wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    fulfilment = models.CharField(_("delivered by"), max_length=12, choices=Fulfilment)
    provider = models.CharField(_("provider"), max_length=40, blank=True)
    face_value = models.DecimalField(_("face value (CNY)"), max_digits=10, decimal_places=2, null=True, blank=True)
    own_mobile_only = models.BooleanField(_("for the member's own mobile number only"), default=False)
    cost_points = models.BigIntegerField(_("price in points"))
    limit_count = models.PositiveIntegerField(_("at most, per member"), null=True, blank=True)
    limit_period = models.CharField(_("counted"), max_length=8, choices=Period, blank=True)
    required_level = models.PositiveSmallIntegerField(_("level needed"), choices=Level)
    validity = models.CharField(_("voucher good for"), max_length=20, blank=True)
    is_on_sale = models.BooleanField(_("offered"), default=True)
    on_sale_from = models.DateTimeField(_("offered from"), null=True, blank=True)
    on_sale_until = models.DateTimeField(_("offered until"), null=True, blank=True)
    stock = models.PositiveIntegerField(_("left"), null=True, blank=True)
    alert_below = models.PositiveIntegerField(_("tell staff when so many are left"), default=ALERT_BELOW)
    low_since = models.DateTimeField(null=True)
    shipped = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    objects = RewardQuerySet.as_manager()

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["kind", "cost_points", "sku"]
        default_permissions = ("change", "view")
        constraints = [
            models.CheckConstraint(condition=models.Q(cost_points__gt=0), name="points_reward_has_a_price"),
            models.CheckConstraint(
                condition=models.Q(limit_count=None, limit_period="")
                | models.Q(
                    limit_count__isnull=False, limit_count__gt=0, limit_period__in=["day", "month", "year", "lifetime"]
                ),
                name="points_reward_limit_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(on_sale_from=None)
                | models.Q(on_sale_until=None)
                | models.Q(on_sale_until__gt=models.F("on_sale_from")),
                name="points_reward_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="donation", fulfilment="donation")
                | models.Q(~models.Q(kind="donation"), ~models.Q(fulfilment="donation")),
                name="points_reward_donation_is_one",
            ),
            # The codes are the stock; a number beside them would be another truth.
            models.CheckConstraint(
                condition=~models.Q(fulfilment="voucher_pool") | models.Q(stock=None), name="points_reward_pool_counts"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh

    @property
    def description(self) -> str:
        return self.description_en if (get_language() or "").startswith("en") else self.description_zh

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Field → (set here, shipped) where staff have set something else."""
        return {
            name: (getattr(self, name), self.shipped[name])
            for name in SET_BY_STAFF
            if name in self.shipped and getattr(self, name) != self.shipped[name]
        }

    def price_for(self, tier: str = "") -> int:
        """In points; `tier` as in tiers.csv, empty for who has none."""
        own = self.prices.filter(tier=tier).first() if tier else None
        return own.cost_points if own else self.cost_points

    def good_until(self, *, from_day: date) -> date | None:
        """The last day of a voucher that is delivered on `from_day`; None where it has none."""
        if not self.validity:
            return None
        until: date = from_day + duration(self.validity) - relativedelta(days=1)
        return until


class RewardPrice(models.Model):
    """What a reward costs the members of one VIP tier."""

    reward = models.ForeignKey(Reward, models.CASCADE, related_name="prices")
    tier = models.CharField(_("tier"), max_length=20)
    cost_points = models.BigIntegerField(_("price in points"))

    class Meta:
        verbose_name = _("price of a tier")
        verbose_name_plural = _("prices of tiers")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["reward", "tier"], name="points_reward_price_once_per_tier"),
            models.CheckConstraint(condition=models.Q(cost_points__gt=0), name="points_reward_price_has_points"),
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.cost_points}"
