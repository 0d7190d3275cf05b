"""Which VIP tier a customer has, why, and what is missing for the next one."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from benefits import tier_sql
from benefits.models import Tier, TierAssessment, TierPeriod, TierTerms
from members.models import Customer, Policy


class Obstacle(TextChoices):
    """Why a policy doesn't count."""

    NOT_IN_FORCE = "not_in_force", _("not in force")
    NO_FACTOR = "no_factor", _("insurance of a year or less does not count")
    COOLING_OFF = "cooling_off", _("counts once its cooling-off is over")


@dataclass(frozen=True)
class Share:
    """What a policy gives, in CNY: `annual` premium × `factor`. Nothing where there is an obstacle."""

    policy: Policy
    annual: Decimal
    factor: Decimal
    gives: Decimal
    obstacle: Obstacle | None


@dataclass(frozen=True)
class Missing:
    """`amount` of VIP premium, CNY a year, is missing for the tier, which takes `threshold`."""

    tier: Tier
    threshold: Decimal
    amount: Decimal


@dataclass(frozen=True)
class TierExplained:
    """As of a day. `tier`, `since`, `valid_to`, `buffer_to`: what the customer has, None without one.

    `vip_premium`, `reached`, `shares`: what an assessment of that day would find; those that count come first.
    `to_keep`: what is missing for the tier that the customer has; `next`: for the one above what is had or reached.
    `terms`: None where no rules are in force, and then nothing else is known. `eligible`: neither a company nor dead.
    """

    tier: Tier | None
    since: date | None
    valid_to: date | None
    buffer_to: date | None
    terms: TierTerms | None
    eligible: bool
    vip_premium: Decimal
    reached: Tier | None
    shares: list[Share]
    to_keep: Missing | None
    next: Missing | None

    @property
    def percent(self) -> int:
        """How much of the next tier's VIP premium is there."""
        return int(100 * self.vip_premium / self.next.threshold) if self.next else 100

    @property
    def counting(self) -> list[Share]:
        return [share for share in self.shares if share.obstacle is None]

    @property
    def others(self) -> list[Share]:
        return [share for share in self.shares if share.obstacle is not None]


def tier_of(customer_id: int | None, *, on: date) -> str:
    """The code of the tier that this customer has on that day, empty for none; also for whoever is no customer."""
    if customer_id is None:
        return ""
    return TierPeriod.objects.on(on).filter(customer=customer_id).values_list("tier", flat=True).first() or ""


def explain_tier(customer_id: int, *, on: date) -> TierExplained:
    """Raises Customer.DoesNotExist."""
    customer = Customer.objects.only("kind", "deceased_on").get(pk=customer_id)
    period = TierPeriod.objects.on(on).filter(customer=customer_id).first()
    terms = TierTerms.objects.in_force(on=on).first()
    eligible = customer.kind != Customer.Kind.CORPORATE and customer.deceased_on is None
    shares = shares_of(customer_id, terms, on) if terms else []
    vip_premium = sum((share.gives for share in shares if share.obstacle is None), Decimal(0))
    reached = reached_by(vip_premium, terms) if terms and eligible else None
    has = Tier(period.tier) if period else None
    rank = max(has.rank if has else 0, reached.rank if reached else 0)
    return TierExplained(
        tier=has,
        since=period.starts_on if period else None,
        valid_to=period.valid_to if period else None,
        buffer_to=period.buffer_to if period else None,
        terms=terms,
        eligible=eligible,
        vip_premium=vip_premium,
        reached=reached,
        shares=shares,
        to_keep=missing(has, vip_premium, terms) if has and terms else None,
        next=missing(list(Tier)[rank], vip_premium, terms) if terms and eligible and rank < len(Tier) else None,
    )


def missing(tier: Tier, vip_premium: Decimal, terms: TierTerms) -> Missing | None:
    """None where nothing is."""
    amount = terms.threshold(tier) - vip_premium
    return Missing(tier, terms.threshold(tier), amount) if amount > 0 else None


def reached_by(vip_premium: Decimal, terms: TierTerms) -> Tier | None:
    return next((tier for tier in reversed(Tier) if vip_premium >= terms.threshold(tier)), None)


def shares_of(customer_id: int, terms: TierTerms, on: date) -> list[Share]:
    """Of every policy that the customer holds, by the statement that assessments read."""
    known = tier_sql.parameters(terms, on) | {"customers": [customer_id]}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT policy_id, annual, factor, gives, obstacle FROM ({tier_sql.policies(tier_sql.THESE)}) held",  # noqa: S608
            known,
        )
        rows = cursor.fetchall()
    policies = Policy.objects.select_related("product").defer("premium_account").in_bulk([row[0] for row in rows])
    shares = [
        Share(policies[policy_id], annual, factor, gives, Obstacle(obstacle) if obstacle else None)
        for policy_id, annual, factor, gives, obstacle in rows
    ]
    return sorted(shares, key=lambda share: (share.obstacle is not None, -share.gives, share.policy.pk))


def tier_history(customer_id: int) -> list[TierAssessment]:
    """Newest first."""
    return list(TierAssessment.objects.filter(customer=customer_id).select_related("terms").order_by("-pk"))


def policies_behind(assessments: list[TierAssessment]) -> dict[int, Policy]:
    """By id, those that counted in these assessments."""
    ids = {share["policy"] for found in assessments for share in found.policies}
    return Policy.objects.select_related("product").defer("premium_account").in_bulk(ids)
