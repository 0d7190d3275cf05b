"""Bookings in the app: what can be booked, where, when and for whom, and what becomes of it. As on the web."""

from datetime import UTC, date, datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Header, Path, Query, Router, Schema
from ninja.responses import Status
from pydantic import AwareDatetime

from benefits.actions.book_visit import LONGEST_KEY, book_visit
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.move_booking import move_booking
from benefits.actions.rate_visit import LONGEST_WORDS, rate_visit
from benefits.actions.wait_for_place import join_waiting_list, leave_waiting_list
from benefits.models import Booking, WaitingPlace
from benefits.queries.bookable import bookable_services, candidates, cities_of, offer_at, slot_service
from benefits.queries.bookings import (
    Visit,
    booking_of,
    coming_bookings,
    ended_waiting_of,
    past_bookings,
    visit_of,
    waiting_of,
    waiting_place_of,
)
from benefits.queries.places import Place, free_slots, places_on
from benefits.refusals import BenefitRefused
from members.assurance import require_assurance
from members.models import Member
from portal.app_session import AgreedMember, from_the_app
from portal.booking_words import standing, why_not_booked
from portal.member_api import LARGEST_ID, REFUSED
from portal.numbers import LARGEST_PAGE
from portal.visitors import member_of

router = Router(tags=["benefits"], auth=AgreedMember())
Id = Path(..., ge=1, le=LARGEST_ID)
Code = Path(..., max_length=40, pattern=r"^[a-z0-9_]+$")
PAGE = 20
#: With its offset, and not where Python's calendar ends in one time zone or another.
Moment = Annotated[AwareDatetime, Field(gt=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))]


class ObstacleOut(Schema):
    code: str = Field(description="what booking it would be refused with")
    detail: str = Field(description="why, and what to do, in the reader's language")


class ComingOut(Schema):
    left: int | None = Field(description="null where there is no end")
    starts_on: date


class ServiceOut(Schema):
    code: str
    name: str
    left: int | None = Field(description="of the benefit years that run; null where there is no end")
    ends_on: date | None = Field(description="the last day of the one that ends first; null where none runs")
    coming: list[ComingOut] = Field(description="of benefit years yet to begin, for visits from then on")
    cities: list[str] = Field(description="where it is offered, the one with the most places first")


class SearchIn(Schema):
    """A position goes in the body alone."""

    day: date
    city: str = Field("", max_length=50, pattern=r"^[^\x00]*$")
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    page: int = Field(1, ge=1, le=LARGEST_PAGE)


class PlaceOut(Schema):
    id: int = Field(description="of the service at this place: where slots are asked for")
    name: str
    city: str
    district: str
    address: str
    phone: str
    latitude: float
    longitude: float
    distance_km: float | None
    free_slots: int
    first_at: datetime
    rating: float | None = Field(description="the mean, of 1 to 5; null where fewer than five have rated in a year")
    ratings: int = Field(description="how many it is of; 0 where it is null")


class PlacesOut(Schema):
    places: list[PlaceOut]
    next_page: int | None


class SlotOut(Schema):
    starts_at: datetime
    ends_at: datetime
    left: int


class CandidateOut(Schema):
    guest_id: int | None = Field(description="null for the member")
    name: str = Field(description="empty for the member")
    relation: str
    obstacle: ObstacleOut | None
    left_then: int | None = Field(description="how many are left once it is booked; null where there is no end")
    cancel_hours: int = Field(description="until so many hours before it can be cancelled free of charge")


class BookIn(Schema):
    place_id: int = Field(ge=1, le=LARGEST_ID)
    starts_at: Moment
    guest_id: int | None = Field(None, ge=1, le=LARGEST_ID)


class MoveIn(Schema):
    place_id: int = Field(ge=1, le=LARGEST_ID)
    starts_at: Moment


class CancelIn(Schema):
    counts_as_used: bool = Field(False, description="the member has been told that it does")


class RateIn(Schema):
    rating: int = Field(ge=1, le=5)
    words: str = Field("", max_length=LONGEST_WORDS, pattern=r"^[^\x00]*$")


class WaitIn(Schema):
    place_id: int = Field(ge=1, le=LARGEST_ID)
    day: date
    guest_id: int | None = Field(None, ge=1, le=LARGEST_ID)


class BookingOut(Schema):
    id: int
    number: str
    service: str
    service_name: str
    state: str
    state_name: str = Field(description="in the reader's language")
    is_confirmed: bool = Field(description="false while the provider's own system has not taken it yet")
    code: str = Field(description="for the desk, also as QR; empty once it is of no use any more")
    starts_at: datetime
    ends_at: datetime
    guest: str = Field(description="empty for the member")
    place_id: int
    place: str
    address: str
    phone: str
    free_until: datetime = Field(description="until then it can be moved, and cancelled free of charge")
    may_cancel: bool
    may_move: bool
    may_rate: bool
    rating: int | None
    rating_words: str


class BookingsOut(Schema):
    bookings: list[BookingOut]
    next_page: int | None


class WaitingOut(Schema):
    id: int
    service: str
    place_id: int
    place: str
    day: date
    guest: str
    joined_at: datetime
    ended: ObstacleOut | None = Field(description="why nothing was booked; null while one waits")


def asking(request: HttpRequest) -> Member:
    """Raises AssuranceRefused."""
    member = member_of(request)
    require_assurance(member, "profile.view", from_the_app(request))
    return member


@router.get("/me/benefits/services", response={200: list[ServiceOut], **REFUSED}, summary="What can be booked")
def services(request: HttpRequest) -> list[ServiceOut]:
    """For a time at a place; used up or not."""
    return [
        ServiceOut(
            code=each.service.code,
            name=each.service.name,
            left=each.left,
            ends_on=each.ends_on,
            coming=[ComingOut(left=year.left, starts_on=year.starts_on) for year in each.coming],
            cities=cities_of(each.service),
        )
        for each in bookable_services(asking(request), on=timezone.localdate())
    ]


@router.post("/me/benefits/services/{code}/places", response={200: PlacesOut, **REFUSED}, summary="Where")
def places(request: HttpRequest, asked: SearchIn, code: str = Code) -> PlacesOut:
    """Places with free times on that day, 20 at a time: of a city, or, with a position, the nearest first."""
    asking(request)
    service = slot_service(code)
    here = None if asked.latitude is None or asked.longitude is None else (asked.latitude, asked.longitude)
    found, next_page = places_on(asked.page, service_code=service.code, day=asked.day, city=asked.city, near=here)
    return PlacesOut(places=[place_out(each) for each in found], next_page=next_page)


@router.get(
    "/me/benefits/services/{code}/places/{place_id}/slots",
    response={200: list[SlotOut], **REFUSED},
    summary="Free times of a day",
)
def slots(request: HttpRequest, day: date, code: str = Code, place_id: int = Id) -> list[SlotOut]:
    asking(request)
    offer = offer_at(slot_service(code), place_id)
    return [
        SlotOut(starts_at=each.starts_at, ends_at=each.ends_at, left=each.left)
        for each in free_slots(offer.pk, day, timezone.now())
    ]


@router.get(
    "/me/benefits/services/{code}/candidates", response={200: list[CandidateOut], **REFUSED}, summary="For whom"
)
def people(request: HttpRequest, starts_at: Moment, code: str = Code) -> list[CandidateOut]:
    """The member and the family list, each with what keeps them from it at that time."""
    member, service = asking(request), slot_service(code)
    return [
        CandidateOut(
            guest_id=each.guest_id,
            name=(each.guest.name or "") if each.guest else "",
            relation=each.guest.relation if each.guest else "",
            obstacle=obstacle_out(each.obstacle),
            left_then=each.left_then,
            cancel_hours=each.cancel_hours,
        )
        for each in candidates(member=member, service=service, starts_at=starts_at)
    ]


@router.post("/me/bookings", response={201: BookingOut, **REFUSED}, summary="Book a visit")
def book(
    request: HttpRequest,
    asked: BookIn,
    idempotency_key: str = Header(..., alias="Idempotency-Key", min_length=1, max_length=LONGEST_KEY),
) -> Status:
    """Once for each `Idempotency-Key`: the same again answers with the first booking, as it stands by now."""
    member = asking(request)
    made = book_visit(
        member=member,
        site_service_id=asked.place_id,
        starts_at=asked.starts_at,
        guest_id=asked.guest_id,
        key=idempotency_key,
    )
    return Status(201, told(booking_of(member, made.pk)))


@router.get("/me/bookings", response={200: BookingsOut, **REFUSED}, summary="One's bookings")
def bookings(
    request: HttpRequest,
    past: bool = Query(False, description="those that are over, the latest first; else the next one first"),
    page: int = Query(1, ge=1, le=LARGEST_PAGE),
) -> BookingsOut:
    """20 at a time."""
    member = asking(request)
    found = past_bookings(member) if past else coming_bookings(member)
    some: list[Booking] = list(found[(page - 1) * PAGE : page * PAGE + 1])
    return BookingsOut(
        bookings=[told(visit_of(each)) for each in some[:PAGE]], next_page=page + 1 if len(some) > PAGE else None
    )


@router.get("/me/bookings/{booking_id}", response={200: BookingOut, **REFUSED}, summary="One booking")
def booking(request: HttpRequest, booking_id: int = Id) -> BookingOut:
    return told(booking_of(asking(request), booking_id))


@router.post("/me/bookings/{booking_id}/move", response={200: BookingOut, **REFUSED}, summary="Move it")
def move(request: HttpRequest, asked: MoveIn, booking_id: int = Id) -> BookingOut:
    """To another time or place. Its code stays; asked twice it is moved once."""
    member = asking(request)
    booking_of(member, booking_id)
    move_booking(booking_id=booking_id, site_service_id=asked.place_id, starts_at=asked.starts_at)
    return told(booking_of(member, booking_id))


@router.post("/me/bookings/{booking_id}/cancellation", response={200: BookingOut, **REFUSED}, summary="Cancel it")
def cancel(request: HttpRequest, asked: CancelIn, booking_id: int = Id) -> BookingOut:
    """After `free_until` it counts as used, and is refused (`counts_as_used`) until the member has been told so."""
    member = asking(request)
    cancel_booking(booking_id=booking_of(member, booking_id).booking_id, late_too=asked.counts_as_used)
    return told(booking_of(member, booking_id))


@router.post("/me/bookings/{booking_id}/rating", response={200: BookingOut, **REFUSED}, summary="Rate it")
def rate(request: HttpRequest, asked: RateIn, booking_id: int = Id) -> BookingOut:
    """A visit that took place, once."""
    member = asking(request)
    rate_visit(booking_id=booking_of(member, booking_id).booking_id, rating=asked.rating, words=asked.words)
    return told(booking_of(member, booking_id))


@router.get("/me/waiting-list", response={200: list[WaitingOut], **REFUSED}, summary="Where one waits")
def waiting(request: HttpRequest) -> list[WaitingOut]:
    """With those that ended without a booking, until their day is over."""
    member = asking(request)
    return [waiting_out(each) for each in [*waiting_of(member), *ended_waiting_of(member)]]


@router.post("/me/waiting-list", response={201: WaitingOut, **REFUSED}, summary="Wait for a place")
def wait(request: HttpRequest, asked: WaitIn) -> Status:
    """On a day that is full: any time of it is booked as soon as one becomes free, and told. Twice is once."""
    member = asking(request)
    joined = join_waiting_list(member=member, site_service_id=asked.place_id, day=asked.day, guest_id=asked.guest_id)
    return Status(201, waiting_out(waiting_place_of(member, joined.pk)))


@router.delete("/me/waiting-list/{waiting_id}", response={204: None, **REFUSED}, summary="Wait no longer")
def leave(request: HttpRequest, waiting_id: int = Id) -> Status:
    leave_waiting_list(place_id=waiting_place_of(asking(request), waiting_id).pk)
    return Status(204, None)


def place_out(place: Place) -> PlaceOut:
    return PlaceOut(
        id=place.site_service_id,
        name=place.name,
        city=place.city,
        district=place.district,
        address=place.address,
        phone=place.phone,
        latitude=place.latitude,
        longitude=place.longitude,
        distance_km=place.distance_km,
        free_slots=place.free_slots,
        first_at=place.first_at,
        rating=round(place.rated.mean, 1) if place.rated else None,
        ratings=place.rated.ratings if place.rated else 0,
    )


def obstacle_out(obstacle: BenefitRefused | None) -> ObstacleOut | None:
    return ObstacleOut(code=obstacle.code, detail=str(obstacle)) if obstacle else None


def waiting_out(place: WaitingPlace) -> WaitingOut:
    return WaitingOut(
        id=place.pk,
        service=place.at.service.code,
        place_id=place.at_id,
        place=place.at.site.name,
        day=place.day,
        guest=(place.guest.name or "") if place.guest else "",
        joined_at=place.joined_at,
        ended=ObstacleOut(code=place.why_not, detail=why_not_booked(place)) if place.why_not else None,
    )


def told(visit: Visit) -> BookingOut:
    booking, site = visit.booking, visit.site
    return BookingOut(
        id=booking.pk,
        number=visit.number,
        service=visit.service.code,
        service_name=visit.service.name,
        state=visit.state.value,
        state_name=standing(visit).chip_words,
        is_confirmed=visit.is_confirmed,
        code=booking.code if visit.state == Booking.State.BOOKED else "",
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        guest=visit.guest,
        place_id=booking.slot.at_id,
        place=site.name,
        address=f"{site.city}{site.district}{site.address}",
        phone=site.phone,
        free_until=visit.free_until,
        may_cancel=visit.may_cancel,
        may_move=visit.is_free_to_change,
        may_rate=visit.may_rate,
        rating=booking.rating,
        rating_words=booking.rating_words or "",
    )
