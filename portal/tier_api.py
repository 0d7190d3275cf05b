"""A member's VIP tier in the app: the same as on the web."""

from datetime import date
from decimal import Decimal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from benefits.models import Tier
from benefits.queries.tiers import Missing, explain_tier, tier_history
from members.assurance import require_assurance
from members.phone import mask
from portal.app_session import AgreedMember, from_the_app
from portal.member_api import REFUSED
from portal.tier_words import coming, happened, standing, until
from portal.visitors import member_of

router = Router(tags=["benefits"], auth=AgreedMember())


class MissingOut(Schema):
    tier: Tier
    name: str
    takes: Decimal = Field(description="VIP premium, CNY a year")
    missing: Decimal = Field(description="of it, CNY a year")


class ShareOut(Schema):
    policy_no: str = Field(description="masked")
    product: str
    annual_premium: Decimal = Field(description="CNY")
    factor: Decimal
    gives: Decimal = Field(description="CNY a year of VIP premium; 0 where it doesn't count")
    why_not: str = Field(description="why it doesn't count, in the reader's language; empty where it does")


class TierEventOut(Schema):
    on: date
    what: str = Field(description="in the reader's language")
    vip_premium: Decimal
    kept_until: date | None


class TierOut(Schema):
    tier: Tier | None
    name: str = Field(description="in the reader's language; empty without one")
    since: date | None
    valid_to: date | None
    kept_until: date | None = Field(description="where it is no longer reached: the last day of the 60 that it is kept")
    standing: str = Field(description="how long it lasts and what comes then, in plain words")
    coming: str = Field(description="a higher tier that is reached and has not begun; may be empty")
    vip_premium: Decimal = Field(description="CNY a year, by the policies as they are today")
    reached: Tier | None = Field(description="the tier that this is enough for")
    to_keep: MissingOut | None = Field(description="what is missing for the present tier")
    next: MissingOut | None = Field(description="what is missing for the next one; null at the top")
    percent: int = Field(description="of the next tier's VIP premium that is there")
    policies: list[ShareOut]
    history: list[TierEventOut] = Field(description="newest first")


@router.get("/me/tier", response={200: TierOut, **REFUSED}, summary="One's VIP tier, and why")
def tier(request: HttpRequest) -> TierOut:
    member = member_of(request)
    require_assurance(member, "policy.view", from_the_app(request))
    assert member.customer_id  # a level above registered is a customer's
    found = explain_tier(member.customer_id, on=timezone.localdate())
    return TierOut(
        tier=found.tier,
        name=str(found.tier.label) if found.tier else "",
        since=found.since,
        valid_to=found.valid_to,
        kept_until=found.buffer_to,
        standing=standing(found),
        coming=coming(found),
        vip_premium=found.vip_premium,
        reached=found.reached,
        to_keep=told(found.to_keep),
        next=told(found.next),
        percent=found.percent,
        policies=[
            ShareOut(
                policy_no=mask(share.policy.policy_no),
                product=str(share.policy.product),
                annual_premium=share.annual,
                factor=share.factor,
                gives=Decimal(0) if share.obstacle else share.gives,
                why_not=str(share.obstacle.label) if share.obstacle else "",
            )
            for share in found.shares
        ],
        history=[
            TierEventOut(on=each.assessed_on, what=happened(each), vip_premium=each.vip_premium, kept_until=until(each))
            for each in tier_history(member.customer_id)
        ],
    )


def told(missing: Missing | None) -> MissingOut | None:
    if missing is None:
        return None
    return MissingOut(tier=missing.tier, name=str(missing.tier.label), takes=missing.threshold, missing=missing.amount)
