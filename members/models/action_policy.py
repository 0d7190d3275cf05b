"""What an action asks of a member, where staff have changed the default (members/assurance/defaults.csv)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.level import Level
from members.models.member import Member
from members.models.proof import Factor


class PolicyTerms(models.Model):
    """What is asked for one action, from one amount upwards. See `members.assurance.Terms`, which this stores."""

    action = models.CharField(_("action"), max_length=60)
    amount_from = models.DecimalField(_("from an amount of (CNY)"), max_digits=12, decimal_places=2, default=0)
    level = models.SmallIntegerField(_("level"), choices=Level)
    factors = ArrayField(
        models.CharField(max_length=8, choices=Factor),
        verbose_name=_("second factor (any of)"),
        default=list,
        blank=True,
    )
    fresh_minutes = models.PositiveSmallIntegerField(_("not older than (minutes)"), default=5)
    bound = models.BooleanField(_("for this very request, once"), default=False)
    entrances = ArrayField(models.CharField(max_length=10, choices=Entrance), verbose_name=_("entrances"), default=list)
    hold_hours = models.PositiveSmallIntegerField(_("held back for (hours)"), default=0)
    waits_after_change = models.BooleanField(_("not in the cooling time after a change of phone"), default=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(bound=False) | ~models.Q(factors=[]), name="%(class)s_bound_has_factor"
            ),
            models.CheckConstraint(
                condition=models.Q(fresh_minutes__gte=1, fresh_minutes__lte=1440), name="%(class)s_fresh_minutes"
            ),
            models.CheckConstraint(condition=models.Q(amount_from__gte=0), name="%(class)s_amount"),
        ]


class ActionPolicy(PolicyTerms):
    """Terms that hold instead of the default; only `decide_policy_change` writes them."""

    approved_at = models.DateTimeField(db_default=Now())

    class Meta(PolicyTerms.Meta):
        verbose_name = _("action policy")
        verbose_name_plural = _("action policies")
        constraints = [
            *PolicyTerms.Meta.constraints,
            models.UniqueConstraint(fields=["action", "amount_from"], name="action_policy_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action} ≥ {self.amount_from}"


class PolicyChange(PolicyTerms):
    """Terms that somebody proposes, and what a second person decided. Decided once, and kept.

    `to_default`: to take back what was approved; the terms here are those that hold then. `replaces`: the terms that
    were in force when it was proposed (`Terms.fields` as JSON), so that the history can tell what changed.
    """

    class Decision(models.TextChoices):
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    to_default = models.BooleanField(_("back to the default"), default=False)
    replaces = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), db_default=Now())
    decision = models.CharField(_("decision"), max_length=8, choices=Decision, blank=True)
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.TextField(_("remark on the decision"), blank=True)

    class Meta(PolicyTerms.Meta):
        verbose_name = _("proposed change of an action policy")
        verbose_name_plural = _("proposed changes of action policies")
        permissions = [("decide_policychange", _("Can approve changes of action policies"))]
        constraints = [
            *PolicyTerms.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(decision="", decided_by=None, decided_at=None)
                | ~models.Q(decision="")
                & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decided_by=models.F("proposed_by")),
                name="policy_change_takes_two",
            ),
            models.UniqueConstraint(
                fields=["action", "amount_from"], condition=models.Q(decision=""), name="policy_change_one_open"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="only_decided", exclude=["decision", "decided_by", "decided_at", "remark"]),
            pgtrigger.Protect(
                name="decided_stays", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__decision="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} ≥ {self.amount_from}"
