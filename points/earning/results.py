"""What rules and campaigns have paid, for those who answer for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from points.models import EarningCampaign, EarningRule, RulePayment

#: How far back the results of a rule go by day.
DAYS = 30


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
    return results(RulePayment.objects.filter(rule=rule), since=today - timedelta(days=DAYS - 1), until=today)


def results_of_campaign(campaign: EarningCampaign) -> Results:
    since, until = (timezone.localdate(moment) for moment in (campaign.starts_at, campaign.ends_at))
    return results(RulePayment.objects.filter(campaign=campaign), since=since, until=until)


def results(payments: QuerySet[RulePayment], *, since: date, until: date) -> Results:
    paid, gone = Q(state=RulePayment.State.PAID), Q(state=RulePayment.State.TAKEN_BACK)
    total = F("points") + F("bonus")
    found = payments.aggregate(
        own=Sum("points", filter=paid, default=0),
        added=Sum("bonus", filter=paid, default=0),
        members=Count("member", filter=paid, distinct=True),
        payments=Count("pk", filter=paid),
        taken_back=Sum(total, filter=gone, default=0),
    )
    of_time = payments.filter(paid, earned_on__gte=since, earned_on__lte=until)
    by_day = dict(of_time.values("earned_on").annotate(sum=Sum(total)).values_list("earned_on", "sum"))
    return Results(
        points=found["own"],
        bonus=found["added"],
        members=found["members"],
        payments=found["payments"],
        taken_back=found["taken_back"],
        by_day=dict(sorted(by_day.items())),
    )
