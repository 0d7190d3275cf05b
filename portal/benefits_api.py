"""A member's benefits and family list in the app. The same words as on the web."""

from datetime import date
from typing import Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Path, Router, Schema
from ninja.responses import Status

from benefits.actions.list_family_guest import list_family_guest
from benefits.actions.remove_family_guest import changes_left, remove_family_guest
from benefits.models import Entitlement, FamilyGuest, Service
from benefits.models.guest import PLACES
from benefits.queries.entitlements import Benefit, Share, benefits_of
from members.assurance import require_assurance
from members.models import Level, Member
from portal.app_session import AgreedMember, from_the_app
from portal.benefit_words import source_of, why_not
from portal.family_form import LONGEST_NAME
from portal.member_api import LARGEST_ID, REFUSED
from portal.views.benefits import shown
from portal.visitors import member_of

router = Router(tags=["benefits"], auth=AgreedMember())
GuestId = Path(..., ge=1, le=LARGEST_ID)


class WhyNotOut(Schema):
    code: str
    detail: str = Field(description="what stands in the way, in the reader's language")


class ShareOut(Schema):
    source: Entitlement.Source
    source_name: str = Field(description="in the reader's language; a policy's number is masked")
    starts_on: date
    ends_on: date
    quota: int | None = Field(description="null without an end")
    left: int | None
    booked: int
    used: int
    family_left: int = Field(description="of what is left, for family")
    withdrawn_on: date | None
    obstacle: WhyNotOut | None


class BenefitOut(Schema):
    service: str
    name: str
    category: str
    mode: Service.Mode
    unit: Service.Unit
    required_level: str
    quota: int | None = Field(description="of all that gives it; null without an end")
    left: int | None
    left_words: str = Field(description="as “2 of 3 visits left”; may be empty")
    booked: int
    used: int
    included: str = Field(description="may be empty")
    how: str = Field(description="how it is used")
    conditions: list[str]
    may_book: bool
    obstacle: WhyNotOut | None = Field(description="why nothing can be booked")
    shares: list[ShareOut] = Field(description="that which ends first comes first, and is booked on first")


class GuestOut(Schema):
    id: int
    name: str
    relation: FamilyGuest.Relation
    relation_name: str
    id_no_end: str = Field(description="the last four characters")


class FamilyOut(Schema):
    guests: list[GuestOut]
    places: int = Field(description="how many the list has room for")
    changes_left: int = Field(description="how many people may still be taken off this year")


class GuestIn(Schema):
    name: str = Field(max_length=LONGEST_NAME, pattern=r"\S")
    relation: FamilyGuest.Relation
    id_no: str = Field(max_length=30, description="a resident ID")
    birth_date: date
    knows: Literal[True] = Field(description="they know that they are listed, and agree to it")


def asking(request: HttpRequest) -> tuple[Member, int]:
    """The member, and the customer that a level above registered stands for. Raises AssuranceRefused."""
    member = member_of(request)
    require_assurance(member, "policy.view", from_the_app(request))
    assert member.customer_id
    return member, member.customer_id


@router.get("/me/benefits", response={200: list[BenefitOut], **REFUSED}, summary="One's benefits")
def benefits(request: HttpRequest) -> list[BenefitOut]:
    """What tier, policies and staff give, and what is left of it; asks for the verified level."""
    _member, customer_id = asking(request)
    return [told(benefit) for benefit in benefits_of(customer_id, on=timezone.localdate())]


@router.get("/me/family", response={200: FamilyOut, **REFUSED}, summary="For whom one can book")
def family(request: HttpRequest) -> FamilyOut:
    _member, customer_id = asking(request)
    return list_of(customer_id)


@router.post("/me/family", response={201: GuestOut, **REFUSED}, summary="Put somebody on the family list")
def add(request: HttpRequest, given: GuestIn) -> Status:
    """Sent twice, it is one."""
    member, _customer_id = asking(request)
    guest = list_family_guest(member=member, **given.dict(exclude={"knows"}))
    return Status(201, guest_out(guest))


@router.delete("/me/family/{guest_id}", response={200: FamilyOut, **REFUSED}, summary="Take somebody off it")
def remove(request: HttpRequest, guest_id: int = GuestId) -> FamilyOut:
    member, customer_id = asking(request)
    remove_family_guest(member=member, guest_id=guest_id)
    return list_of(customer_id)


def told(benefit: Benefit) -> BenefitOut:
    words, service = shown(benefit), benefit.service
    return BenefitOut(
        service=service.code,
        name=service.name,
        category=service.category,
        mode=Service.Mode(service.mode),
        unit=Service.Unit(service.unit),
        required_level=Level(service.required_level).name.lower(),
        quota=benefit.quota,
        left=benefit.left,
        left_words=words.left,
        booked=benefit.booked,
        used=benefit.used,
        included=words.included,
        how=words.how,
        conditions=words.conditions,
        may_book=words.may_book,
        obstacle=obstacle_of(benefit.obstacle, service) if benefit.obstacle else None,
        shares=[share_out(share, service) for share in benefit.shares],
    )


def share_out(share: Share, service: Service) -> ShareOut:
    return ShareOut(
        source=share.source,
        source_name=source_of(share),
        starts_on=share.starts_on,
        ends_on=share.ends_on,
        quota=share.quota,
        left=share.left,
        booked=share.booked,
        used=share.used,
        family_left=share.family_left,
        withdrawn_on=share.withdrawn_on,
        obstacle=obstacle_of(share, service),
    )


def obstacle_of(share: Share, service: Service) -> WhyNotOut | None:
    return WhyNotOut(code=share.obstacle.value, detail=why_not(share, service)) if share.obstacle else None


def list_of(customer_id: int) -> FamilyOut:
    guests = FamilyGuest.objects.listed().filter(customer=customer_id)
    return FamilyOut(
        guests=[guest_out(guest) for guest in guests], places=PLACES, changes_left=changes_left(customer_id)
    )


def guest_out(guest: FamilyGuest) -> GuestOut:
    relation = FamilyGuest.Relation(guest.relation)
    return GuestOut(
        id=guest.pk, name=guest.name, relation=relation, relation_name=str(relation.label), id_no_end=guest.id_no_end
    )
