"""Quota that staff give by hand, and the two who stand for it."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.entitlement import Entitlement
from benefits.models.service import Service
from members.fields import SealedTextField
from members.models import Customer, Member


class QuotaGrantQuerySet(models.QuerySet["QuotaGrant"]):
    def waiting(self) -> "QuotaGrantQuerySet":
        """For a second person."""
        return self.filter(approved=None)


class QuotaGrant(models.Model):
    """`quota` more of a service for a customer, to be used from `starts_on` to `ends_on`, both included.

    `approved`: what a second person said, null until then; only what was approved has an `entitlement`, and the
    database lets no granted entitlement stand without one (benefits/models/entitlement.py). `request_id`: of the form,
    so that one sent twice is one. `note` may say what went wrong and for whom: sealed.
    """

    class Reason(models.TextChoices):
        GOODWILL = "goodwill", _("goodwill")
        FAULT = "fault", _("a technical fault")
        PROVIDER = "provider", _("the provider let the customer down")
        PROMOTION = "promotion", _("a promotion")
        OTHER = "other", _("something else, as the note says")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="quota_grants", verbose_name=_("customer"))
    service = models.ForeignKey(Service, models.PROTECT, related_name="grants", verbose_name=_("service"))
    quota = models.PositiveSmallIntegerField(_("how many"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = SealedTextField(_("note"), null=True)
    request_id = models.UUIDField(unique=True)
    proposed_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), db_default=Now())
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    approved = models.BooleanField(_("approved"), null=True)
    entitlement = models.OneToOneField(Entitlement, models.PROTECT, null=True, related_name="grant")

    objects = QuotaGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("granted quota")
        verbose_name_plural = _("granted quotas")
        default_permissions = ("view", "add")
        permissions = [("decide_quotagrant", _("Can decide about quotas that staff grant"))]
        constraints = [
            models.CheckConstraint(condition=models.Q(quota__gt=0), name="benefits_grant_gives_something"),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="benefits_grant_time"),
            models.CheckConstraint(
                condition=models.Q(approved=None, decided_by=None, decided_at=None, entitlement=None)
                | models.Q(approved=True, decided_by__isnull=False, decided_at__isnull=False, entitlement__isnull=False)
                | models.Q(approved=False, decided_by__isnull=False, decided_at__isnull=False, entitlement=None),
                name="benefits_grant_given_when_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="benefits_grant_takes_two",
            ),
        ]
        indexes = [
            models.Index(fields=["proposed_at"], condition=models.Q(approved=None), name="benefits_grant_waiting")
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="only_decided", exclude=["decided_by", "decided_at", "approved", "entitlement", "note"]
            ),
            pgtrigger.Protect(
                name="decided_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.approved IS NOT NULL AND (NEW.approved, NEW.decided_by_id, NEW.decided_at,"
                    " NEW.entitlement_id) IS DISTINCT FROM (OLD.approved, OLD.decided_by_id, OLD.decided_at,"
                    " OLD.entitlement_id))"
                ),
            ),
            pgtrigger.Protect(
                name="note_only_erased",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.note IS NOT NULL AND NEW.note IS DISTINCT FROM OLD.note"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.service_id} +{self.quota}"

    @property
    def waits(self) -> bool:
        return self.approved is None
