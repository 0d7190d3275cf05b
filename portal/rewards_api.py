"""Rewards in the app: what there is, redeeming, and where it stands. The same rules and words as on the web."""

from datetime import date, datetime
from decimal import Decimal

from django.http import HttpRequest
from ninja import Field, Header, Path, Query, Router, Schema
from ninja.responses import Status

from members.assurance import require_assurance
from members.models import Level, Member
from points.actions.cancel_redemption import cancel_redemption
from points.actions.redeem_reward import LONGEST_KEY, redeem_reward
from points.actions.show_voucher import show_voucher
from points.models import CharityProject, Reward
from points.rewards.history import Redeemed, redeemed, redeemed_page
from points.rewards.offers import offers_for
from portal.app_session import AgreedMember, from_the_app
from portal.member_api import ANSWERS, LARGEST_ID, REFUSED
from portal.redeeming import tier_now
from portal.redemption_words import state_of
from portal.reward_words import often, why_not
from portal.visitors import member_of

router = Router(tags=["points"], auth=AgreedMember())
RedemptionId = Path(..., ge=1, le=LARGEST_ID)


class ObstacleOut(Schema):
    code: str = Field(description="what redeeming it would be refused with")
    detail: str = Field(description="why, and what to do, in the reader's language")


class OfferOut(Schema):
    sku: str
    name: str
    description: str
    kind: Reward.Kind
    points: int = Field(description="the price for this member")
    left: int | None = Field(description="how many there are; null where there is no end")
    at_most: str = Field(description="how often one can have it; may be empty")
    required_level: str
    asks_mobile: bool
    asks_project: bool
    obstacle: ObstacleOut | None


class ProjectOut(Schema):
    id: int
    name: str
    charity: str


class RedeemIn(Schema):
    points: int = Field(description="the price that the member saw")
    mobile: str = Field("", max_length=30, description="where the reward asks for it")
    project_id: int | None = Field(None, ge=1, le=LARGEST_ID, description="of a donation")


class RedemptionOut(Schema):
    id: int
    sku: str
    name: str
    points: int
    state: str
    state_name: str = Field(description="in the reader's language")
    asked_at: datetime
    effective_at: datetime = Field(description="held back until then")
    ended_at: datetime | None
    good_until: date | None
    mobile: str = Field(description="masked; may be empty")
    may_cancel: bool = Field(description="it can be called off now")
    has_code: bool
    project: str
    certificate_no: str
    amount: Decimal | None = Field(description="CNY that the company pays the charity")
    given_back: int = Field(description="so many of `points` were given back after it was delivered; 0 mostly")


class RedemptionsOut(Schema):
    redemptions: list[RedemptionOut]
    next_before: int | None = Field(description="ask again with it for older ones; null at the beginning")


class CodeOut(Schema):
    code: str
    password: str = Field(description="of a card; may be empty")
    good_until: date | None


def asking(request: HttpRequest) -> Member:
    """Raises AssuranceRefused."""
    member = member_of(request)
    require_assurance(member, "profile.view", from_the_app(request))
    return member


@router.get("/me/rewards", response={200: list[OfferOut], **REFUSED}, summary="What points can be redeemed for")
def rewards(request: HttpRequest, kind: Reward.Kind | None = None) -> list[OfferOut]:
    member = asking(request)
    return [
        OfferOut(
            sku=offer.reward.sku,
            name=offer.reward.name,
            description=offer.reward.description,
            kind=Reward.Kind(offer.reward.kind),
            points=offer.points,
            left=offer.left,
            at_most=often(offer.reward),
            required_level=Level(offer.reward.required_level).name.lower(),
            asks_mobile=offer.asks_mobile,
            asks_project=offer.asks_project,
            obstacle=ObstacleOut(code=ANSWERS[type(offer.obstacle)][1], detail=why_not(offer))
            if offer.obstacle
            else None,
        )
        for offer in offers_for(member, tier=tier_now(member))
        if kind in (None, offer.reward.kind)
    ]


@router.get("/me/charity-projects", response={200: list[ProjectOut], **REFUSED}, summary="Whom one can give points to")
def projects(request: HttpRequest) -> list[ProjectOut]:
    asking(request)
    return [
        ProjectOut(id=each.pk, name=each.name, charity=each.charity)
        for each in CharityProject.objects.filter(is_open=True)
    ]


@router.post("/me/rewards/{sku}/redemptions", response={201: RedemptionOut, **REFUSED}, summary="Redeem a reward")
def redeem(
    request: HttpRequest,
    asked: RedeemIn,
    sku: str = Path(..., max_length=40, pattern=r"^[A-Za-z0-9_-]+$"),
    idempotency_key: str = Header(..., alias="Idempotency-Key", min_length=1, max_length=LONGEST_KEY),
) -> Status:
    """Once for each `Idempotency-Key`: the same again answers with the first redemption, as it stands by now."""
    member = member_of(request)
    made = redeem_reward(
        member=member,
        sku=sku,
        context=from_the_app(request),
        key=idempotency_key,
        points=asked.points,
        mobile=asked.mobile,
        project_id=asked.project_id,
        tier=tier_now(member),
    )
    return Status(201, told(redeemed(member=member, redemption_id=made.pk)))


@router.get("/me/redemptions", response={200: RedemptionsOut, **REFUSED}, summary="What one has redeemed")
def redemptions(
    request: HttpRequest, before: int | None = Query(None, ge=1, le=LARGEST_ID, description="older than this one")
) -> RedemptionsOut:
    """Newest first, 20 at a time."""
    page = redeemed_page(asking(request), before=before)
    return RedemptionsOut(redemptions=[told(each) for each in page.redemptions], next_before=page.older)


@router.get("/me/redemptions/{redemption_id}", response={200: RedemptionOut, **REFUSED}, summary="Where it stands")
def redemption(request: HttpRequest, redemption_id: int = RedemptionId) -> RedemptionOut:
    return told(redeemed(member=asking(request), redemption_id=redemption_id))


@router.post(
    "/me/redemptions/{redemption_id}/cancellation", response={200: RedemptionOut, **REFUSED}, summary="Call it off"
)
def cancel(request: HttpRequest, redemption_id: int = RedemptionId) -> RedemptionOut:
    """While it is held back, or its provider has not taken it (`may_cancel`)."""
    member = member_of(request)
    cancel_redemption(member=member, redemption_id=redemption_id)
    return told(redeemed(member=member, redemption_id=redemption_id))


@router.post(
    "/me/redemptions/{redemption_id}/showings", response={201: CodeOut, **REFUSED}, summary="Be shown the code"
)
def show(request: HttpRequest, redemption_id: int = RedemptionId) -> Status:
    """After a fresh proof, and recorded. Never to be kept by the app."""
    voucher = show_voucher(member=member_of(request), redemption_id=redemption_id, context=from_the_app(request))
    return Status(201, CodeOut(code=voucher.code, password=voucher.password, good_until=voucher.good_until))


def told(found: Redeemed) -> RedemptionOut:
    return RedemptionOut(
        id=found.redemption_id,
        sku=found.sku,
        name=found.name,
        points=found.points,
        state=found.state.value,
        state_name=state_of(found),
        asked_at=found.asked_at,
        effective_at=found.effective_at,
        ended_at=found.ended_at,
        good_until=found.good_until,
        mobile=found.mobile,
        may_cancel=found.may_cancel,
        has_code=found.has_code,
        project=found.project,
        certificate_no=found.certificate_no,
        amount=found.amount,
        given_back=found.given_back,
    )
