"""What rules and campaigns have paid, for those who answer for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.utils import timezone

from points.models import EarningCampaign, EarningRule, RulePayment

#: How far back the results of a rule go by day.
DAYS = 30
TOTAL = F("points") + F("bonus")


@dataclass(frozen=True)
class Results:
    """Points that were paid and stayed paid, to how many members, for how many causes; `by_day` of the last DAYS."""

    points: int
    bonus: int
    members: int
    payments: int
    taken_back: int
    by_day: Mapping[date, int]

    @property
    def total(self) -> int:
        return self.points + self.bonus


def results_of_rule(rule: EarningRule) -> Results:
    today = timezone.localdate()
    payments = RulePayment.objects.filter(rule=rule)
    return results(payments, since=today - timedelta(days=DAYS - 1), until=today, measure=TOTAL)


def results_of_campaign(campaign: EarningCampaign) -> Results:
    """`by_day` and `taken_back`: of what it added, in all of its time."""
    since, until = (timezone.localdate(moment) for moment in (campaign.starts_at, campaign.ends_at))
    payments = RulePayment.objects.filter(campaign=campaign)
    return results(payments, since=since, until=until, measure=F("bonus"))


def results(payments: QuerySet[RulePayment], *, since: date, until: date, measure: Combinable) -> Results:
    paid, gone = Q(state=RulePayment.State.PAID), Q(state=RulePayment.State.TAKEN_BACK)
    found = payments.aggregate(
        own=Sum("points", filter=paid, default=0),
        added=Sum("bonus", filter=paid, default=0),
        members=Count("member", filter=paid, distinct=True),
        payments=Count("pk", filter=paid),
        taken_back=Sum(measure, filter=gone, default=0),
    )
    of_time = payments.filter(paid, earned_on__gte=since, earned_on__lte=until)
    by_day = dict(of_time.values("earned_on").annotate(sum=Sum(measure)).values_list("earned_on", "sum"))
    return Results(
        points=found["own"],
        bonus=found["added"],
        members=found["members"],
        payments=found["payments"],
        taken_back=found["taken_back"],
        by_day=dict(sorted(by_day.items())),
    )
