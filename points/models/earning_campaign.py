"""A time in which some rules pay more."""

from datetime import datetime

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.models import Member
from points.models.protection import AllOf


class EarningCampaignQuerySet(models.QuerySet["EarningCampaign"]):
    def running(self, *, at: datetime) -> "EarningCampaignQuerySet":
        """Approved, begun, not over, and with something left of the budget."""
        left = models.Q(budget=None) | models.Q(spent__lt=models.F("budget"))
        return self.filter(left, state=EarningCampaign.State.APPROVED, starts_at__lte=at, ends_at__gt=at).order_by(
            "ends_at"
        )


class EarningCampaign(models.Model):
    """Multiplies what the named rules pay for whatever happens from `starts_at` to before `ends_at`.

    Drafted by one person and approved by another, then kept as it is. The budget counts what the campaign adds, in
    `spent` where there is one. Once stopped, it never goes on.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("waits for a second person")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")
        STOPPED = "stopped", _("stopped")

    OPEN = (State.DRAFT, State.PROPOSED)

    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    multiplier = models.DecimalField(_("times"), max_digits=4, decimal_places=2)
    rules = ArrayField(models.CharField(max_length=60), verbose_name=_("rules"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    budget = models.BigIntegerField(_("budget (points)"), null=True, blank=True)
    spent = models.BigIntegerField(_("spent of the budget"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    reason = models.TextField(_("reason"))
    drafted_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted"), db_default=Now())
    proposed_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by"))
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.TextField(_("remark on the decision"), blank=True)
    stopped_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("stopped by"))
    stopped_at = models.DateTimeField(_("stopped"), null=True)

    objects = EarningCampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("earning campaign")
        verbose_name_plural = _("earning campaigns")
        permissions = [("decide_earningcampaign", _("Can approve and stop earning campaigns"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(multiplier__gt=1, multiplier__lte=10), name="earning_campaign_multiplies"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="earning_campaign_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~models.Q(rules=[]), name="earning_campaign_has_rules"),
            models.CheckConstraint(
                condition=models.Q(spent__gte=0)
                & (models.Q(budget=None) | models.Q(budget__gt=0, spent__lte=models.F("budget"))),
                name="earning_campaign_keeps_its_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "proposed", "withdrawn"], decided_by=None, decided_at=None)
                | models.Q(
                    state__in=["approved", "rejected", "stopped"],
                    proposed_by__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                & ~models.Q(decided_by=models.F("proposed_by"))
                & ~models.Q(decided_by=models.F("drafted_by")),
                name="earning_campaign_takes_two",
            ),
            models.CheckConstraint(
                condition=models.Q(state="stopped", stopped_by__isnull=False, stopped_at__isnull=False)
                | ~models.Q(state="stopped") & models.Q(stopped_by=None, stopped_at=None),
                name="earning_campaign_stopped_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="proposed_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=AllOf(
                    ~pgtrigger.Q(old__state="draft"),
                    pgtrigger.AnyChange(
                        exclude=["state", "spent", "decided_by", "decided_at", "remark", "stopped_by", "stopped_at"]
                    ),
                ),
            ),
            pgtrigger.Protect(
                name="ended_stays",
                operation=pgtrigger.Update,
                condition=AllOf(
                    pgtrigger.Q(old__state__in=["rejected", "withdrawn", "stopped"]),
                    pgtrigger.AnyChange(exclude=["spent"]),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_spent(self) -> bool:
        """Nothing is left of the budget."""
        return self.budget is not None and self.spent >= self.budget

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh
