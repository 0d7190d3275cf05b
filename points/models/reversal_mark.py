"""That something was undone of which a rule may yet be told that it happened: events come in any order."""

from django.db import models
from django.db.models.functions import Now

from points.models.earning_rule import EarningRule
from points.models.protection import append_only


class ReversalMark(models.Model):
    """An event (`fact`, at `occurred_at`) that took back by this rule whatever bears the match key, or would have.

    `match_key` as in RulePayment. Append-only: what was undone once stays undone.
    """

    rule = models.ForeignKey(EarningRule, models.PROTECT, related_name="reversal_marks", db_index=False)
    match_key = models.CharField(max_length=32)
    fact = models.CharField(max_length=110)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~models.Q(match_key=""), name="reversal_mark_matches"),
            models.UniqueConstraint(fields=["match_key", "rule", "fact"], name="reversal_mark_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.rule_id} {self.fact}"
