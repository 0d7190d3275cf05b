"""What a rule would have paid: a question that somebody asked, how far the answer is, and the answer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from points.models.earning_rule import RuleChange


class RuleSimulation(models.Model):
    """`result` as `points.actions.simulate_rule.look_back` makes it; it names members by number alone."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")

    #: Nothing more happens to these.
    SETTLED = (State.FINISHED, State.FAILED)

    change = models.ForeignKey(RuleChange, models.PROTECT, related_name="simulations", verbose_name=_("change"))
    terms = models.JSONField(default=dict)
    days = models.PositiveSmallIntegerField(_("days"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    done = models.PositiveIntegerField(_("events looked at"), default=0)
    events = models.PositiveIntegerField(_("events"), default=0)
    result = models.JSONField(default=dict)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("simulation of a rule")
        verbose_name_plural = _("simulations of rules")
        constraints = [
            models.CheckConstraint(condition=models.Q(days__gte=1, days__lte=366), name="rule_simulation_days")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.events if self.events else 100 * (self.state in self.SETTLED)
