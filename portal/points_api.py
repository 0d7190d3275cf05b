"""A member's points in the app: what there is, what ends soon, what was booked. The same as on the web."""

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from members.assurance import require_assurance
from members.models import Member
from points.queries import Only, statement_page
from portal.app_session import AgreedMember, from_the_app
from portal.member_api import LARGEST_ID, REFUSED
from portal.points_overview import overview_of
from portal.points_words import lines
from portal.visitors import member_of

router = Router(tags=["points"], auth=AgreedMember())


class PendingOut(Schema):
    points: int
    available_from: datetime


class SetAsideOut(Schema):
    points: int
    what: str = Field(description="the reward's name; may be empty")


class ExpiringOut(Schema):
    points: int
    last_day: date = Field(description="on which they can be used, in Shanghai")


class PointsOut(Schema):
    available: int = Field(description="can be used now")
    pending: list[PendingOut] = Field(description="can be used later")
    set_aside: list[SetAsideOut] = Field(description="for what was asked for and has not come yet")
    owed: int = Field(description="paid by the next points that are earned")
    expiring: list[ExpiringOut] = Field(description="within 90 days, the first one first")
    next_to_expire: ExpiringOut | None = Field(
        description="what ends first of all, however far away; null where nothing can end"
    )


class BookingOut(Schema):
    id: int
    kind: str
    title: str = Field(description="in plain words, in the reader's language")
    note: str = Field(description="of what, and what of it paid a debt; may be empty")
    at: datetime
    points: int = Field(description="what came, or, negative, what went")
    balance: int | None = Field(description="after it; null where it changed nothing but what is owed")
    redemption_id: int | None = Field(description="of what was redeemed; null where it is about something else")


class BookingsOut(Schema):
    bookings: list[BookingOut]
    next_before: int | None = Field(
        description="ask again with it for older ones; null at the beginning. Of one sort a page may be empty before"
    )


def asking(request: HttpRequest) -> Member:
    """Raises AssuranceRefused."""
    member = member_of(request)
    require_assurance(member, "profile.view", from_the_app(request))
    return member


@router.get("/me/points", response={200: PointsOut, **REFUSED}, summary="One's points")
def points(request: HttpRequest) -> PointsOut:
    overview = overview_of(asking(request).pk)
    first = overview.next_to_expire
    return PointsOut(
        available=overview.balance.available,
        pending=[PendingOut(points=each.points, available_from=each.at) for each in overview.pending],
        set_aside=[SetAsideOut(points=each.points, what=each.what) for each in overview.reserved],
        owed=overview.balance.owed,
        expiring=[ExpiringOut(points=each.points, last_day=each.last_day) for each in overview.expiring],
        next_to_expire=ExpiringOut(points=first.points, last_day=first.last_day) if first else None,
    )


@router.get("/me/points/history", response={200: BookingsOut, **REFUSED}, summary="What was booked")
def history(
    request: HttpRequest,
    before: int | None = Query(None, ge=1, le=LARGEST_ID, description="older than this one"),
    only: Only | None = None,
) -> BookingsOut:
    """Newest first, 20 at a time."""
    page = statement_page(asking(request).pk, before=before, only=only)
    return BookingsOut(
        bookings=[
            BookingOut(
                id=line.id, kind=line.kind, title=line.title, note=line.note, at=line.at, points=line.points,
                balance=line.balance, redemption_id=line.redemption_id,
            )
            for line in lines(page.movements)
        ],
        next_before=page.older,
    )  # fmt: skip
