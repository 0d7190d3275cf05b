"""What assessments of VIP tiers found, how far the running ones are, and what is still to be done about them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.tier import Tier, TierPeriod
from benefits.models.tier_terms import TierTerms
from members.models import Customer
from points.models.protection import append_only


class TierAssessment(models.Model):
    """Kept of whoever has or reaches a tier, when something differs from their assessment before.

    `vip_premium`: CNY a year. `reached`: the tier that it is enough for, empty for none. `before`, `after`: the tier
    that the customer had, and has since. `valid_to`, `buffer_to`: of the tier `after`. `policies`: those that counted,
    each `{"policy": id, "annual": "CNY", "factor": "0.600", "gives": "CNY"}`; `gives` adds up to `vip_premium`.
    """

    class Outcome(models.TextChoices):
        BEGUN = "begun", _("tier reached")
        RAISED = "raised", _("risen")
        RENEWED = "renewed", _("renewed")
        WARNED = "warned", _("no longer reached; kept for now")
        LOWERED = "lowered", _("lowered")
        ENDED = "ended", _("ended")
        CLOSED = "closed", _("closed: no longer a customer who can have a tier")
        KEPT = "kept", _("unchanged")

    #: What the customer is told of.
    TOLD = (Outcome.BEGUN, Outcome.RAISED, Outcome.WARNED, Outcome.LOWERED, Outcome.ENDED)

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tier_assessments", verbose_name=_("customer"))
    assessed_on = models.DateField(_("as of"))
    cause = models.CharField(_("cause"), max_length=13, choices=TierPeriod.Cause)
    terms = models.ForeignKey(TierTerms, models.PROTECT, related_name="+", verbose_name=_("rules"))
    vip_premium = models.DecimalField(_("VIP premium"), max_digits=18, decimal_places=2)
    reached = models.CharField(_("reached"), max_length=13, choices=Tier, blank=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome)
    before = models.CharField(_("tier before"), max_length=13, choices=Tier, blank=True)
    after = models.CharField(_("tier after"), max_length=13, choices=Tier, blank=True)
    valid_to = models.DateField(_("valid to"), null=True)
    buffer_to = models.DateField(_("kept until"), null=True)
    policies = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("assessment of a VIP tier")
        verbose_name_plural = _("assessments of VIP tiers")
        ordering = ["-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["customer", "-id"], name="benefits_tier_newest_finding")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.assessed_on} {self.outcome}"


class TierNotice(models.Model):
    """An assessment that the customer has not been told of yet; gone in the transaction that tells them."""

    assessment = models.OneToOneField(TierAssessment, models.CASCADE, related_name="notice")

    class Meta:
        verbose_name = _("VIP tier to be told of")
        verbose_name_plural = _("VIP tiers to be told of")
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.pk}"


class TierRecheck(models.Model):
    """A policyholder one of whose policies has changed since they were assessed.

    Any number for one customer: whoever imports the next change waits for nobody, and an assessment that takes a mark
    away has read, or will find another mark for, whatever was committed meanwhile.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("customer to be assessed")
        verbose_name_plural = _("customers to be assessed")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.customer_id}"


class AssessmentRun(models.Model):
    """An assessment of all customers, by rising id: those up to `cursor` are done, `last` is the last one.

    `findings`: how many of each outcome.
    """

    on = models.DateField(_("as of"))
    cause = models.CharField(_("cause"), max_length=13, choices=TierPeriod.Cause)
    terms = models.ForeignKey(TierTerms, models.PROTECT, related_name="+", verbose_name=_("rules"))
    cursor = models.BigIntegerField(default=0)
    last = models.BigIntegerField()
    policies = models.PositiveIntegerField(_("policies that counted"), default=0)
    findings = models.JSONField(default=dict)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("assessment of all VIP tiers")
        verbose_name_plural = _("assessments of all VIP tiers")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["on"], condition=models.Q(finished_at=None), name="benefits_one_assessment_of_a_day_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(cursor__gte=models.F("last")),
                name="benefits_assessment_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.cursor}/{self.last}"
