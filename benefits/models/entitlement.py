"""What one customer may use of one service in one benefit year."""

from datetime import date, datetime

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from benefits.models.service import Allowance, Service
from members.models import Customer, Policy

# What staff give rests on a decided grant (benefits/models/grant.py), and is no more than it says. Read anew: the row
# may have been changed again before the transaction ends.
GRANTED_BY_TWO = """
    IF NOT EXISTS (
        SELECT FROM benefits_entitlement e
        JOIN benefits_quotagrant g ON g.entitlement_id = e.id AND g.approved
            AND (g.customer_id, g.service_id, g.quota, g.ends_on) = (e.customer_id, e.service_id, e.quota, e.ends_on)
        WHERE e.id = NEW.id
    ) THEN
        RAISE EXCEPTION 'what staff grant is agreed to by a second person' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""

#: What a grant says of its entitlement.
OF_A_GRANT = ("source", "quota", "customer_id", "service_id", "ends_on")
OF_ITS_CUSTOMER = """
    IF NOT EXISTS (
        SELECT FROM benefits_entitlement WHERE id = NEW.entitlement_id AND customer_id = NEW.customer_id
    ) THEN
        RAISE EXCEPTION 'the entitlement is another customer''s' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    def usable(self, *, on: date) -> "EntitlementQuerySet":
        """Those that a visit on that day can be booked on, used up or not."""
        return self.filter(starts_on__lte=on, ends_on__gte=on, withdrawn_on=None)

    def lock_all(self, *, customer_id: int, service_id: int) -> None:
        """All that the customer has of the service, until the transaction ends; before the booking or case on it."""
        theirs = self.filter(customer=customer_id, service=service_id)
        list(theirs.select_for_update().order_by("pk").values_list("pk"))


class Entitlement(models.Model):
    """From `starts_on` to `ends_on`, both included: the benefit year.

    That is the calendar year for what a tier gives, the policy year for what a product gives, and what the grant says
    for what staff gave. `allowance`: the terms; of a higher tier once the customer has risen, `quota` with it.
    `held`: visits that are booked and not over. `used`: visits that count. `family_used`: those of both that went to
    family. `withdrawn_on`: the tier or policy that gave it is gone; nothing new is booked, what is booked is honoured.
    `gained_at`: since when there is something that the customer has not been told of.
    """

    class Source(models.TextChoices):
        TIER = "tier", _("VIP tier")
        PRODUCT = "product", _("policy")
        GRANT = "grant", _("granted by staff")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="entitlements", verbose_name=_("customer"))
    service = models.ForeignKey(Service, models.PROTECT, related_name="entitlements", verbose_name=_("service"))
    allowance = models.ForeignKey(Allowance, models.PROTECT, related_name="entitlements", verbose_name=_("terms"))
    source = models.CharField(_("source"), max_length=7, choices=Source)
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, blank=True, related_name="entitlements")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    quota = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    family_quota = models.PositiveIntegerField(_("of them for family"), default=0)
    held = models.PositiveIntegerField(_("booked"), default=0)
    used = models.PositiveIntegerField(_("used"), default=0)
    family_used = models.PositiveIntegerField(_("used by family"), default=0)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    gained_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        ordering = ["ends_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quota=None) | models.Q(quota__gte=models.F("held") + models.F("used")),
                name="benefits_quota_is_never_oversold",
            ),
            models.CheckConstraint(
                condition=models.Q(family_used__lte=models.F("held") + models.F("used"))
                & models.Q(family_used__lte=models.F("family_quota")),
                name="benefits_family_quota_is_never_oversold",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="benefits_entitlement_year"
            ),
            models.CheckConstraint(
                condition=models.Q(source="product", policy__isnull=False)
                | models.Q(source__in=["tier", "grant"], policy=None),
                name="benefits_entitlement_names_its_policy",
            ),
            models.UniqueConstraint(
                fields=["customer", "service", "starts_on"],
                condition=models.Q(source="tier"),
                name="benefits_entitlement_of_tier_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "service", "policy", "starts_on"],
                condition=models.Q(source="product"),
                name="benefits_entitlement_of_product_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["starts_on", "customer"],
                condition=models.Q(gained_at__isnull=False),
                name="benefits_entitlement_untold",
            ),
            models.Index(fields=["ends_on"], name="benefits_entitlement_ending"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="keeps_whose_it_is", fields=["customer", "service"]),
            # Deferred: the entitlement is made first, then the grant names it, in one transaction.
            pgtrigger.Trigger(
                name="granted_by_two",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf(*OF_A_GRANT),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.source = 'grant'"),
                func=GRANTED_BY_TWO,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.service_id} {self.starts_on}"

    @property
    def left(self) -> int | None:
        """How many can be booked, None without an end."""
        return None if self.quota is None else self.quota - self.held - self.used

    def reaches(self, starts_at: datetime) -> bool:
        """Whether a visit at that moment lies in the benefit year."""
        return self.starts_on <= timezone.localdate(starts_at) <= self.ends_on


def of_its_customers_entitlement() -> pgtrigger.Trigger:
    """Of what holds an entitlement: nobody uses somebody else's. Neither of the two changes afterwards."""
    return pgtrigger.Trigger(
        name="of_its_customers_entitlement",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=OF_ITS_CUSTOMER,
    )
