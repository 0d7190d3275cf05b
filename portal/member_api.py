"""The member's own API, for the app: signed in by allauth's protocol (`X-Session-Token`), refused as RFC 9470 says.

What `require_assurance` misses and a member can prove is answered with 401, naming level, factor and age; the app
proves it (`/me/codes`, `/me/proofs`, `/me/identity`) and asks again. What no proof mends is answered with 403.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from ninja import Field, Router, Schema
from ninja.responses import Status

from benefits.models import BenefitDocument, Booking, Case, FamilyGuest, Service, SiteService, WaitingPlace
from benefits.refusals import (
    BenefitNeedsLevel,
    BenefitRefused,
    BirthDateDiffers,
    GuestNotListed,
    ListedAlready,
    NotACustomer,
    NotFamilyYourself,
    SlotTaken,
)
from benefits.refusals.case import CityNotCovered, DocumentNeeded, NothingWritten, TooLong
from benefits.refusals.document import DocumentRefused
from members.actions.confirm_one_time_code import CodeSpent, WrongCode
from members.actions.count_attempt import TooManyAttempts
from members.actions.give_consent import NeededForAccount, TextOutdated
from members.actions.grant_level import AccountNotActive
from members.actions.issue_one_time_code import CodeJustSent
from members.actions.prove_by_code import prove_by_code, send_confirming_code
from members.actions.verify_identity import (
    AnotherPersonsAccount,
    Claim,
    IdentityNotMatched,
    PersonHasAccount,
    verify_identity,
)
from members.api import FaultOut, ProblemOut
from members.assurance import AssuranceRefused, CoolingDown, FactorNeeded, LevelTooLow, require_assurance
from members.assurance.terms import action_name
from members.consents import NoSuchText
from members.documents import NotADocumentNumber
from members.entrances import Entrance
from members.minors import GuardianNeeded
from members.models import Customer, Level
from members.phone import NotAMobileNumber, mask
from members.queries import level_of, live_grant, own_policies
from members.signin.origins import origin_of
from points.models import Redemption, Reward
from points.refusals import InsufficientPoints, KeyConflict, LedgerRefusal
from points.rewards.refusals import (
    LimitReached,
    MobileNeeded,
    NotDelivered,
    NotOffered,
    NotOwnMobile,
    NotYetOffered,
    OfferEnded,
    PriceChanged,
    ProjectNeeded,
    RewardNeedsLevel,
    SetsPrices,
    SoldOut,
    TooLateToCancel,
)
from portal.app_session import AgreedMember, ConsentNeeded, GuardiansConsent, SessionToken, from_the_app
from portal.refusals import words_for
from portal.visitors import member_of

LARGEST_ID = 2**63 - 1
#: What a whole request is refused with that names no field: exception → status and code.
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    CodeJustSent: (429, "code_just_sent"),
    TooManyAttempts: (429, "too_many_attempts"),
    WrongCode: (422, "incorrect_code"),
    CodeSpent: (409, "code_spent"),
    NotAMobileNumber: (409, "no_mobile_number"),
    NotADocumentNumber: (422, "not_a_document_number"),
    IdentityNotMatched: (409, "identity_not_matched"),
    PersonHasAccount: (409, "person_has_account"),
    AnotherPersonsAccount: (409, "another_persons_account"),
    AccountNotActive: (403, "account_inactive"),
    GuardianNeeded: (403, "guardian_needed"),
    ConsentNeeded: (403, "consent_needed"),
    TextOutdated: (409, "text_outdated"),
    NoSuchText: (422, "no_such_text"),
    NeededForAccount: (409, "needed_for_account"),
    GuardiansConsent: (422, "guardians_consent"),
    Reward.DoesNotExist: (404, "no_such_reward"),
    Redemption.DoesNotExist: (404, "no_such_redemption"),
    SetsPrices: (403, "sets_prices"),
    NotOffered: (409, "not_offered"),
    NotYetOffered: (409, "not_yet_offered"),
    OfferEnded: (409, "offer_ended"),
    SoldOut: (409, "sold_out"),
    LimitReached: (409, "limit_reached"),
    RewardNeedsLevel: (403, "level_needed"),
    NotOwnMobile: (422, "not_own_mobile"),
    MobileNeeded: (422, "mobile_needed"),
    ProjectNeeded: (422, "project_needed"),
    PriceChanged: (409, "price_changed"),
    TooLateToCancel: (409, "too_late_to_cancel"),
    NotDelivered: (409, "not_delivered"),
    InsufficientPoints: (409, "insufficient_points"),
    KeyConflict: (409, "key_conflict"),
    LedgerRefusal: (409, "not_booked"),
    Booking.DoesNotExist: (404, "no_such_booking"),
    Case.DoesNotExist: (404, "no_such_case"),
    BenefitDocument.DoesNotExist: (404, "no_such_document"),
    FamilyGuest.DoesNotExist: (404, "no_such_family_member"),
    Service.DoesNotExist: (404, "no_such_service"),
    SiteService.DoesNotExist: (404, "no_such_place"),
    WaitingPlace.DoesNotExist: (404, "no_such_waiting_place"),
    # Each of them says its own code.
    BenefitRefused: (409, BenefitRefused.code),
    NotACustomer: (403, NotACustomer.code),
    BenefitNeedsLevel: (403, BenefitNeedsLevel.code),
    GuestNotListed: (422, GuestNotListed.code),
    NothingWritten: (422, NothingWritten.code),
    TooLong: (422, TooLong.code),
    CityNotCovered: (422, CityNotCovered.code),
    DocumentNeeded: (422, DocumentNeeded.code),
    DocumentRefused: (422, DocumentRefused.code),
}
POINTERS: dict[type[Exception], str] = {
    NotADocumentNumber: "/id_no",
    WrongCode: "/code",
    CodeSpent: "/code",
    TextOutdated: "/version",
    NoSuchText: "/version",
    GuardiansConsent: "/kind",
    NotOwnMobile: "/mobile",
    MobileNeeded: "/mobile",
    ProjectNeeded: "/project_id",
    PriceChanged: "/points",
    BirthDateDiffers: "/birth_date",
    ListedAlready: "/id_no",
    NotFamilyYourself: "/id_no",
    GuestNotListed: "/guest_id",
    NothingWritten: "/text",
    TooLong: "/text",
    CityNotCovered: "/city",
    DocumentNeeded: "/documents",
    DocumentRefused: "/documents",
}


router = Router(tags=["member"], auth=AgreedMember())


class StepUp(FaultOut):
    """What would be enough: a level, or any one of the factors, at most `max_age` seconds old.

    `request`: the hash (hex) of the request that the proof is to be for, where it must be for this very one.
    """

    action: str
    level: str
    factors: list[str]
    max_age: int
    request: str | None


class StepUpOut(Schema):
    error: StepUp


class MeOut(Schema):
    name: str
    mobile: str = Field(description="masked")
    level: str
    advanced_until: datetime | None


class PolicyOut(Schema):
    policy_no: str
    product: str
    status: str
    roles: list[str]
    sum_assured: Decimal
    effective_on: date
    expires_on: date | None
    premium: Decimal
    next_premium_on: date | None


class IdentityIn(Schema):
    name: str = Field(max_length=200)
    id_type: Customer.IdType
    id_no: str = Field(max_length=60)


class LevelOut(Schema):
    level: str


class CodeOut(Schema):
    id: UUID
    expires_at: datetime


class ProofIn(Schema):
    id: UUID
    code: str = Field(pattern=r"^\d{6}$")
    request: str = Field("", pattern=r"^([0-9a-f]{64})?$", description="the hash that a refusal named")


class ProofOut(Schema):
    factor: str
    proved_at: datetime


REFUSED: dict[Any, type[Schema]] = {401: StepUpOut, (403, 404, 409, 422, 429): ProblemOut}


@router.get("/me", response={200: MeOut, **REFUSED}, summary="Who is signed in, and how sure we are")
def me(request: HttpRequest) -> MeOut:
    member = member_of(request)
    require_assurance(member, "profile.view", from_the_app(request))
    advanced = live_grant(member, Level.ADVANCED)
    return MeOut(
        name=member.name,
        mobile=mask(member.mobile),
        level=level_of(member).name.lower(),
        advanced_until=advanced.expires_at if advanced else None,
    )


@router.get("/me/policies", response={200: list[PolicyOut], **REFUSED}, summary="One's policies")
def policies(request: HttpRequest) -> list[PolicyOut]:
    """Those that the member holds or is insured by; asks for the verified level."""
    return [
        PolicyOut(
            policy_no=own.policy.policy_no,
            product=str(own.policy.product),
            status=own.policy.status,
            roles=[role.value for role in own.roles],
            sum_assured=own.policy.sum_assured,
            effective_on=own.policy.effective_on,
            expires_on=own.policy.expires_on,
            premium=own.policy.premium,
            next_premium_on=own.policy.paid_to_on if own.premium_goes_on else None,
        )
        for own in own_policies(member=member_of(request), context=from_the_app(request))
    ]


@router.post("/me/identity", response={200: LevelOut, **REFUSED}, summary="Verify one's identity")
def identity(request: HttpRequest, claimed: IdentityIn) -> LevelOut:
    """From registered to verified. Whatever does not match, the answer is `identity_not_matched`."""
    member = member_of(request)
    verify_identity(
        member=member,
        claim=Claim(name=claimed.name, id_type=claimed.id_type, id_no=claimed.id_no),
        context=from_the_app(request),
        origin=replace(origin_of(request), entrance=Entrance.APP),
    )
    return LevelOut(level=level_of(member).name.lower())


@router.post("/me/codes", response={201: CodeOut, **REFUSED}, summary="Have a code sent", auth=SessionToken())
def send_code(request: HttpRequest) -> Status:
    """To the member's own number, to confirm that it is they."""
    code = send_confirming_code(member=member_of(request), origin=replace(origin_of(request), entrance=Entrance.APP))
    return Status(201, CodeOut(id=code.pk, expires_at=code.expires_at))


@router.post(
    "/me/proofs", response={201: ProofOut, **REFUSED}, summary="Prove oneself by the code", auth=SessionToken()
)
def prove(request: HttpRequest, given: ProofIn) -> Status:
    context = replace(from_the_app(request), request=bytes.fromhex(given.request))
    proof = prove_by_code(member=member_of(request), code_id=given.id, digits=given.code, context=context)
    return Status(201, ProofOut(factor=proof.factor, proved_at=proof.proved_at))


def refusal(refused: AssuranceRefused) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    """Status, body and headers: 401 in the manner of RFC 9470 where a proof mends it, else 403."""
    terms = refused.terms
    wanted = action_name(terms.action, get_language() or "")
    if isinstance(refused, LevelTooLow | FactorNeeded):
        lacks_level = isinstance(refused, LevelTooLow)
        step_up = StepUp(
            code="insufficient_user_authentication",
            pointer="",
            detail=wanted,
            action=terms.action,
            level=terms.level.name.lower(),
            factors=[factor.value for factor in terms.factors],
            max_age=int(terms.fresh.total_seconds()),
            request=refused.request.hex() or None if isinstance(refused, FactorNeeded) else None,
        )
        # Header fields are ASCII; the names of levels and factors are ours (docs/api.md).
        acr = f"level:{step_up.level}" if lacks_level else " ".join(f"factor:{name}" for name in step_up.factors)
        challenge = f'Bearer error="insufficient_user_authentication", acr_values="{acr}"'
        if not lacks_level:
            challenge += f', max_age="{step_up.max_age}"'
        return 401, {"error": step_up.dict()}, {"WWW-Authenticate": challenge}
    if isinstance(refused, CoolingDown):
        wait = max(1, int((refused.until - timezone.now()).total_seconds()))
        return 403, fault("cooling_down", wanted), {"Retry-After": str(wait)}
    open_at = Entrance.APP in terms.entrances
    return 403, fault("account_inactive" if open_at else "entrance_closed", wanted), {}


def fault(code: str, detail: str, pointer: str = "") -> dict[str, Any]:
    return {"error": FaultOut(code=code, pointer=pointer, detail=detail).dict()}


def explanation(refused: Exception) -> tuple[int, dict[str, Any]]:
    """Status and body for what actions raise (ANSWERS)."""
    kind = next(kind for kind in type(refused).__mro__ if kind in ANSWERS)
    status, code = ANSWERS[kind]
    if isinstance(refused, BenefitRefused):
        code = refused.code
    body = fault(code, words_for(refused), POINTERS.get(type(refused), POINTERS.get(kind, "")))
    if isinstance(refused, SlotTaken):
        body["error"]["next_free"] = [slot.starts_at for slot in refused.next_free]
    return status, body
