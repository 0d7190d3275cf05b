"""Who earns how many points for what: rules in force, and changes of them that two people decide on."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.models import Member
from points.article_116 import forbidden_services, forbidden_triggers
from points.models.protection import AllOf


class HasNothingAt(models.Func):
    """True where the JSON of a field has nothing at this path of PostgreSQL's."""

    template = "(NOT jsonb_path_exists(%(expressions)s::jsonpath))"
    output_field = models.BooleanField()

    def __init__(self, field: str, path: str) -> None:
        super().__init__(models.F(field), models.Value(path))


def asking_for(services: Collection[str]) -> str:
    """The path of conditions that ask for one of these services; to leave one out asks for none."""
    asked = " || ".join(f'@.is == "{code}" || @.in[*] == "{code}"' for code in sorted(services))
    return f"$[*] ? ({asked})"


class Group(models.TextChoices):
    """What earning is about, for people to find it by."""

    IDENTITY = "identity", _("account and identity")
    SELF_SERVICE = "self_service", _("self-service")
    ENGAGEMENT = "engagement", _("every day")
    FESTIVAL = "festival", _("customer festival")
    FEEDBACK = "feedback", _("feedback")
    CARE = "care", _("care")


class Source(models.TextChoices):
    """Where a rule's points come from."""

    FIXED = "fixed", _("the number of points of this rule")
    SERVICE = "service", _("as many as the catalogue gives for the service")
    COMMITMENT = "commitment", _("as many as the catalogue gives for the missed commitment")


class RuleTerms(models.Model):
    """What a rule says. Points are whole; days are Shanghai's; `conditions` as points/earning/conditions.py reads them.

    Caps count what the rule itself pays a member, not what a campaign adds. `once_per`: fields of the event that may
    earn together only once, or once in `once_days`. `available_after`: a date of the event after which the points can
    be spent. `reversal_*`: the event that takes points back, told by the fields `reversal_match` having the values
    that they had when the points were paid, within `reversal_days`. `approval_above`: from more points than these on,
    two people look at each payment.
    """

    code = models.CharField(_("code"), max_length=60)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    group = models.CharField(_("group"), max_length=20, choices=Group)
    trigger = models.CharField(_("event"), max_length=60)
    source = models.CharField(_("points come from"), max_length=10, choices=Source, default=Source.FIXED)
    points = models.BigIntegerField(_("points"), null=True, blank=True)
    cap_day = models.BigIntegerField(_("at most a day"), null=True, blank=True)
    cap_month = models.BigIntegerField(_("at most a month"), null=True, blank=True)
    cap_year = models.BigIntegerField(_("at most a year"), null=True, blank=True)
    cap_lifetime = models.BigIntegerField(_("at most in a lifetime"), null=True, blank=True)
    conditions = models.JSONField(_("conditions"), default=list, blank=True)
    once_per = ArrayField(
        models.CharField(max_length=40), verbose_name=_("only once for each"), default=list, blank=True
    )
    once_days = models.PositiveIntegerField(_("once in so many days"), null=True, blank=True)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    budget = models.BigIntegerField(_("budget (points)"), null=True, blank=True)
    approval_above = models.BigIntegerField(_("approved by two people above (points)"), null=True, blank=True)
    available_after = models.CharField(_("can be spent after"), max_length=40, blank=True)
    reversal_trigger = models.CharField(_("taken back by the event"), max_length=60, blank=True)
    reversal_conditions = models.JSONField(_("taken back if"), default=list, blank=True)
    reversal_match = ArrayField(
        models.CharField(max_length=40), verbose_name=_("the same in both events"), default=list, blank=True
    )
    reversal_days = models.PositiveIntegerField(_("taken back within (days)"), null=True, blank=True)
    live = models.BooleanField(_("pays"), default=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(source=Source.FIXED, points__isnull=False, points__gt=0)
                | ~models.Q(source=Source.FIXED) & models.Q(points=None),
                name="%(class)s_points_or_source",
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{cap: None})
                    | models.Q(**{f"{cap}__gt": 0})
                    & (models.Q(points=None) | models.Q(**{f"{cap}__gte": models.F("points")})),
                    name=f"%(class)s_{cap}",
                )
                for cap in ("cap_day", "cap_month", "cap_year", "cap_lifetime")
            ),
            models.CheckConstraint(
                condition=models.Q(starts_at=None)
                | models.Q(ends_at=None)
                | models.Q(ends_at__gt=models.F("starts_at")),
                name="%(class)s_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=models.Q(budget=None) | models.Q(budget__gt=0), name="%(class)s_budget"),
            models.CheckConstraint(
                condition=models.Q(once_days=None) | models.Q(once_days__gt=0) & ~models.Q(once_per=[]),
                name="%(class)s_once_in_days",
            ),
            models.CheckConstraint(
                condition=models.Q(reversal_trigger="", reversal_match=[], reversal_days=None)
                | ~models.Q(reversal_trigger="") & ~models.Q(reversal_match=[]),
                name="%(class)s_reversal_is_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(trigger__in=sorted(forbidden_triggers())), name="%(class)s_article_116"
            ),
            models.CheckConstraint(
                condition=HasNothingAt("conditions", asking_for(forbidden_services())),
                name="%(class)s_services_of_article_116",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh

    def terms(self) -> dict[str, Any]:
        """Every field of the terms by name."""
        return {field.name: getattr(self, field.name) for field in RuleTerms._meta.fields}

    def stored_terms(self) -> dict[str, Any]:
        """The terms as JSON keeps them."""
        return dict(json.loads(json.dumps(self.terms(), cls=DjangoJSONEncoder)))

    @staticmethod
    def restored(stored: Mapping[str, Any]) -> dict[str, Any]:
        """What `stored_terms` made, as `terms` has it."""
        fields = {field.name: field for field in RuleTerms._meta.fields}
        return {name: fields[name].to_python(value) for name, value in stored.items()}

    @property
    def caps(self) -> dict[str, int]:
        """Those that are set, in points, by `cap_day` and so on."""
        found = {name: getattr(self, name) for name in ("cap_day", "cap_month", "cap_year", "cap_lifetime")}
        return {name: cap for name, cap in found.items() if cap is not None}


class EarningRuleQuerySet(models.QuerySet["EarningRule"]):
    def paying(self, *, at: datetime) -> "EarningRuleQuerySet":
        """Rules by which something can be earned at that moment."""
        begun = models.Q(starts_at=None) | models.Q(starts_at__lte=at)
        goes_on = models.Q(ends_at=None) | models.Q(ends_at__gt=at)
        return self.filter(begun, goes_on, live=True).order_by("pk")

    def listening_to(self, triggers: set[str]) -> "EarningRuleQuerySet":
        """Rules that pay, or take back, when one of these events happens. What was paid is taken back even when the
        rule pays nothing any more."""
        pays = models.Q(live=True, trigger__in=triggers)
        return self.filter(pays | models.Q(reversal_trigger__in=triggers)).order_by("pk")


class EarningRule(RuleTerms):
    """A rule in force; only `decide_rule_change` and the loading of the catalogue write it.

    `live_since`: what happened before that pays nothing; the rule was switched on then, or has paid otherwise. `spent`:
    points that count against the budget; kept by rules that have one. `shipped`: the terms as the catalogue had them
    when they were loaded last.
    """

    version = models.PositiveIntegerField(_("version"), default=1)
    live_since = models.DateTimeField(_("pays since"), null=True, blank=True)
    spent = models.BigIntegerField(_("spent of the budget"), default=0)
    shipped = models.JSONField(encoder=DjangoJSONEncoder, default=dict)

    objects = EarningRuleQuerySet.as_manager()

    class Meta(RuleTerms.Meta):
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = [
            *RuleTerms.Meta.constraints,
            models.UniqueConstraint(fields=["code"], name="earning_rule_once"),
            models.CheckConstraint(
                condition=models.Q(spent__gte=0) & (models.Q(budget=None) | models.Q(spent__lte=models.F("budget"))),
                name="earning_rule_keeps_its_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(live=False) | models.Q(live_since__isnull=False), name="earning_rule_live_since"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="keeps_its_code", fields=["code"]),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]


class RuleChange(RuleTerms):
    """Terms that somebody drafts for a rule, new or not; in force once a second person has approved them.

    `replaces`: the terms in force when it was drafted (`terms()` as JSON), empty for a new rule. `version`: the rule's
    when it was approved.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("waits for a second person")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    OPEN = (State.DRAFT, State.PROPOSED)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    reason = models.TextField(_("reason"))
    replaces = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    version = models.PositiveIntegerField(_("version"), null=True)
    drafted_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted"), db_default=Now())
    proposed_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"), null=True)
    decided_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.TextField(_("remark on the decision"), blank=True)

    class Meta(RuleTerms.Meta):
        verbose_name = _("change of an earning rule")
        verbose_name_plural = _("changes of earning rules")
        permissions = [
            ("decide_rulechange", _("Can approve changes of earning rules")),
            ("simulate_rulechange", _("Can simulate earning rules")),
        ]
        constraints = [
            *RuleTerms.Meta.constraints,
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(state__in=["draft", "proposed"]), name="rule_change_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"])
                | models.Q(proposed_by__isnull=False, proposed_at__isnull=False),
                name="rule_change_is_proposed_first",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["approved", "rejected"]) & models.Q(decided_by=None, decided_at=None)
                | models.Q(state__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decided_by=models.F("proposed_by"))
                & ~models.Q(decided_by=models.F("drafted_by")),
                name="rule_change_takes_two",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="ended_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state__in=["draft", "proposed"]),
            ),
            pgtrigger.Protect(
                name="proposed_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=AllOf(
                    pgtrigger.Q(old__state="proposed"),
                    pgtrigger.AnyChange(exclude=["state", "decided_by", "decided_at", "remark", "version"]),
                ),
            ),
        ]
