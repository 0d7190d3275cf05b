"""How the network grows: partners under contract, this year against last."""

from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from benefits.models import Contract, Provider, Site

PARTNER_KINDS = [kind.value for kind in Provider.Kind if kind != Provider.Kind.INSURER]


@dataclass(frozen=True)
class Growth:
    """Partners of one kind or in one city on two days a year apart."""

    name: str
    before: int
    now: int

    @property
    def change(self) -> int:
        return self.now - self.before

    @property
    def percent(self) -> int | None:
        """None where there was nobody to grow from."""
        return round(100 * self.change / self.before) if self.before else None


@dataclass(frozen=True)
class Partners:
    """`total`: every partner once. A partner is counted in each city where it has a site, so `by_city` sums to more.

    `by_kind` has every kind but the insurer itself, `by_city` the cities with most partners first.
    """

    day: date
    year_before: date
    total: Growth
    by_kind: list[Growth]
    by_city: list[Growth]


def partners(day: date) -> Partners:
    """Under contract on that day, and on the same day a year before."""
    before = day - relativedelta(years=1)
    kinds = [counts_by_kind(each) for each in (before, day)]
    cities = [counts_by_city(each) for each in (before, day)]
    by_kind = [Growth(kind, *(counts.get(kind, 0) for counts in kinds)) for kind in PARTNER_KINDS]
    by_city = [Growth(city, *(counts.get(city, 0) for counts in cities)) for city in cities[0] | cities[1]]
    return Partners(
        day,
        before,
        Growth("", *(sum(counts.values()) for counts in kinds)),
        by_kind,
        sorted(by_city, key=lambda each: (-each.now, -each.before, each.name)),
    )


def under_contract(day: date) -> QuerySet[Provider]:
    return Provider.objects.filter(kind__in=PARTNER_KINDS).filter(
        Exists(Contract.objects.on(day).filter(provider=OuterRef("pk")))
    )


def counts_by_kind(day: date) -> dict[str, int]:
    return dict(under_contract(day).order_by().values_list("kind").annotate(Count("pk")))


def counts_by_city(day: date) -> dict[str, int]:
    """By the sites that stood on that day. One that closed nobody knows when is in no year's figures."""
    stood = Q(Q(since=None) | Q(since__lte=day), Q(is_active=True) | Q(closed_on__gt=day))
    sites = Site.objects.filter(stood, provider__in=under_contract(day)).order_by()
    return dict(sites.values_list("city").annotate(Count("provider", distinct=True)))
