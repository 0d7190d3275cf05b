"""Institutions that serve our members, and what we have agreed with them."""

from datetime import date

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from benefits.models.ranges import DateRange, OneKeyRange
from benefits.models.service import Service


class Provider(models.Model):
    """`provider_no`: the key under which imports know it. `kind`: partner_kind of benefits.csv.

    `has_system`: it keeps its bookings in a system of its own, which is told of ours (benefits.provider_systems).
    """

    class Kind(models.TextChoices):
        DENTAL_CLINIC = "dental_clinic", _("dental clinic")
        CHECKUP_CENTRE = "checkup_centre", _("check-up centre")
        HOSPITAL_NETWORK = "hospital_network", _("hospital network")
        MEDICAL_CONCIERGE = "medical_concierge", _("medical concierge")
        TELEMEDICINE = "telemedicine", _("telemedicine")
        EXPERT_PANEL = "expert_panel", _("expert panel")
        ASSISTANCE_COMPANY = "assistance_company", _("assistance company")
        EVENT_ORGANISER = "event_organiser", _("event organiser")
        INSURER = "insurer", _("the insurer itself")

    provider_no = models.CharField(_("provider number"), max_length=20, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    is_active = models.BooleanField(_("active"), default=True)
    since = models.DateField(_("partner since"))
    has_system = models.BooleanField(_("told of bookings through its own system"), default=False)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ["name_zh"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language, where it has one in it."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name_zh


class ContractQuerySet(models.QuerySet["Contract"]):
    def on(self, day: date) -> "ContractQuerySet":
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def overlapping(self, contract: "Contract") -> "ContractQuerySet":
        """Others of the same provider that have a day in common with it."""
        others = self.filter(provider=contract.provider_id).exclude(pk=contract.pk)
        return others.filter(starts_on__lte=contract.ends_on, ends_on__gte=contract.starts_on)


class Contract(models.Model):
    """Both days included. At most one at a time with a provider."""

    contract_no = models.CharField(_("contract number"), max_length=40, unique=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="contracts", verbose_name=_("provider"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["provider", "-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="benefits_contract_days"
            ),
            ExclusionConstraint(
                name="benefits_one_contract_at_a_time",
                expressions=[
                    (OneKeyRange("provider"), RangeOperators.OVERLAPS),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        # Who is paid what was booked.
        triggers = [pgtrigger.ReadOnly(name="stays_with_its_provider", fields=["provider"])]

    def __str__(self) -> str:
        return self.contract_no

    def overlaps(self, other: "Contract") -> bool:
        """A day is in both."""
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on


class ContractPrice(models.Model):
    """What the insurer pays for one use of a service, in CNY."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="prices", db_index=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name=_("service"))
    price = models.DecimalField(_("price in CNY"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["contract", "service"], name="benefits_price_once"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="benefits_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.service_id} {self.price}"
