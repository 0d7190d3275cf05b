"""What other rules would make of the tiers: a question that somebody asked, how far the answer is, and the answer."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.tier_terms import TierTerms
from members.models import Member


class TierSimulation(models.Model):
    """`drafted`: the rules as they were when it was asked (`TierTerms.terms`); `compared`: those in force then.

    By rising id of the customers, as an assessment: those up to `cursor` are done, `last` is the last one. `moves`: how
    many customers, by what they reach under the rules in force and what they would reach (`{"gold>": 3}`: from Gold to
    no tier); `held`: how many have which tier.
    """

    terms = models.ForeignKey(TierTerms, models.PROTECT, related_name="simulations", verbose_name=_("draft"))
    drafted = models.JSONField(encoder=DjangoJSONEncoder)
    compared = models.ForeignKey(TierTerms, models.PROTECT, related_name="+", verbose_name=_("rules in force"))
    on = models.DateField(_("as of"))
    cursor = models.BigIntegerField(default=0)
    last = models.BigIntegerField()
    moves = models.JSONField(default=dict)
    held = models.JSONField(default=dict)
    asked_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("simulation of tier rules")
        verbose_name_plural = _("simulations of tier rules")
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def percent(self) -> int:
        return 100 if self.finished_at else 99 * self.cursor // max(self.last, 1)
