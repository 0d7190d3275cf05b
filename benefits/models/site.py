"""Where members are served, when, and how many at a time.

A foreign key that leads a unique constraint has no index of its own: with both, PostgreSQL tends to take the lesser one
and to read all slots that a place has ever had.
"""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from benefits.models.provider import Provider
from benefits.models.ranges import OneKeyRange
from benefits.models.service import Service

IS_BOOKED_FOR_A_TIME = """
    IF NOT EXISTS (SELECT FROM benefits_service WHERE id = NEW.service_id AND mode = 'slot') THEN
        RAISE EXCEPTION 'no service that is booked for a time at a place' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class ClockRange(models.Func):
    """Two times of a day as a range of seconds: PostgreSQL has no range of times."""

    template = "INT4RANGE(EXTRACT(EPOCH FROM %(expressions)s)::int)"
    arg_joiner = ")::int, EXTRACT(EPOCH FROM "
    output_field = IntegerRangeField()


class Site(models.Model):
    """A place of a provider's. `latitude`, `longitude`: WGS 84, in degrees.

    `since`, `closed_on`: what the network was on a day is counted by them. `closed_on`: from then on closed for good.
    """

    site_no = models.CharField(_("site number"), max_length=20, unique=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="sites", verbose_name=_("provider"))
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    province = models.CharField(_("province"), max_length=50)
    city = models.CharField(_("city"), max_length=50)
    district = models.CharField(_("district"), max_length=50, blank=True)
    address = models.CharField(_("address"), max_length=200)
    phone = models.CharField(_("telephone"), max_length=30)
    latitude = models.FloatField(_("latitude"), validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(_("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)])
    since = models.DateField(
        _("site since"), null=True, blank=True, help_text=_("Empty: for as long as its provider is a partner.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    closed_on = models.DateField(
        _("site closed on"), null=True, blank=True, help_text=_("Of a site that is not active any more.")
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["city", "name_zh"]
        indexes = [models.Index(fields=["city", "latitude"], name="benefits_site_where")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude__range=(-90, 90)) & models.Q(longitude__range=(-180, 180)),
                name="benefits_site_on_earth",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on=None) | models.Q(is_active=False),
                name="benefits_site_closed_is_not_active",
                violation_error_message=_("A site that was closed is not active."),
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on=None) | models.Q(since=None) | models.Q(closed_on__gte=models.F("since")),
                name="benefits_site_closed_after_it_began",
                violation_error_message=_("A site closes after it has begun."),
            ),
        ]
        # Who sees the guests' names.
        triggers = [pgtrigger.ReadOnly(name="stays_with_its_provider", fields=["provider"])]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language, where it has one in it."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name_zh


class OpeningHours(models.Model):
    """`weekday`: 0 is Monday. A day may have several that don't overlap; local time of Asia/Shanghai."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="hours", db_index=False)
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=models.Q(closes__gt=models.F("opens")), name="benefits_hours_in_order"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="benefits_hours_weekday"),
            models.UniqueConstraint(fields=["site", "weekday", "opens"], name="benefits_hours_once"),
            ExclusionConstraint(
                name="benefits_hours_apart",
                expressions=[
                    (OneKeyRange("site"), RangeOperators.OVERLAPS),
                    (OneKeyRange("weekday"), RangeOperators.OVERLAPS),
                    (ClockRange("opens", "closes"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"


class BlackoutDay(models.Model):
    """A day on which a site takes nobody, whatever its hours."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="blackout_days", db_index=False)
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="benefits_blackout_once")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.day}"


class SiteService(models.Model):
    """A service at a site: slots begin every `slot_minutes` from opening, and take `capacity` guests each."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="services", db_index=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="sites", verbose_name=_("service"))
    slot_minutes = models.PositiveSmallIntegerField(_("minutes of a slot"), default=60)
    capacity = models.PositiveSmallIntegerField(_("guests a slot"), default=1)
    is_offered = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("service at a site")
        verbose_name_plural = _("services at sites")
        constraints = [
            models.UniqueConstraint(fields=["site", "service"], name="benefits_service_once_a_site"),
            models.CheckConstraint(
                condition=models.Q(slot_minutes__gte=5, slot_minutes__lte=24 * 60), name="benefits_slot_minutes"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="is_booked_for_a_time",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("service_id"),  # type: ignore[no-untyped-call]
                when=pgtrigger.Before,
                func=IS_BOOKED_FOR_A_TIME,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.service_id}"


class Slot(models.Model):
    """A slot that somebody has booked at least once; the others are only opening hours so far.

    `capacity` is what the service at the site had when the slot was first taken, or what was set since.
    """

    at = models.ForeignKey(SiteService, models.PROTECT, related_name="slots", db_index=False)
    starts_at = models.DateTimeField(_("starts"))
    capacity = models.PositiveSmallIntegerField(_("guests"))
    taken = models.PositiveSmallIntegerField(_("taken"), default=0)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.UniqueConstraint(fields=["at", "starts_at"], name="benefits_slot_once"),
            models.CheckConstraint(
                condition=models.Q(taken__lte=models.F("capacity")), name="benefits_slot_is_never_oversold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at_id} {self.starts_at}"
