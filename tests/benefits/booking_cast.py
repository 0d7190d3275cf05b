"""A member with visits to come and past, and places to book others at, in the days that follow today."""

from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from benefits.actions.book_visit import book_visit
from benefits.actions.wait_for_place import join_waiting_list
from benefits.models import BlackoutDay, Booking, Entitlement, FamilyGuest, OpeningHours, Provider, Site, SiteService
from benefits.queries.places import next_free_slots
from members.models import Member
from tests.benefits.network import SHANGHAI, dental_cleaning, make_contract, make_provider
from tests.benefits.visitors import entitle, family, terms

PLACES = (("申悦口腔人民广场门诊部", "黄浦区", "南京东路168号"), ("仁和齿科徐家汇中心", "徐汇区", "虹桥路1号"))
#: Open for an hour on one of the days to be tapped, and that is booked.
SMALL = ("康美口腔诊所", "静安区", "南京西路1500号")


def give_visits(member: Member) -> None:
    """Places 1 and 2 with free times, 3 without; booking 1 to come, 2 done and not rated, 3 being confirmed."""
    restart("booking", "siteservice")
    provider, with_system = under_contract(), under_contract(has_system=True)
    here = [open_place(provider, number, *place) for number, place in enumerate(PLACES, 1)]
    # A day later than any of the free times below, whatever the hour.
    day = timezone.localdate() + timedelta(days=5)
    small = open_place(provider, 3, *SMALL, only=day)
    BlackoutDay.objects.create(site=small.site, day=day + timedelta(days=7))
    system = open_place(with_system, 4, "瑞安体检口腔中心", "浦东新区", "世纪大道88号")
    relations = ["spouse", "parent"]
    allowance = terms(quota=8, gap_days=0, family_quota=2, family_relations=relations, max_age=70)
    this_year = {"starts_on": day - timedelta(days=90), "ends_on": day + timedelta(days=300)}
    entitle(member, allowance=allowance, quota=8, family_quota=2, **this_year)
    family(member)
    family(member, relation="parent", born=date(1940, 5, 1))
    come, done = (visit(member, here[0], number) for number in (1, 3))
    take_place_yesterday(done)
    visit(member, system, 2)
    assert (come.pk, done.pk) == (1, 2)
    book_visit(member=member, site_service_id=small.pk, starts_at=moment(day, 9), key="small")
    join_waiting_list(member=member, site_service_id=small.pk, day=day)


def restart(*names: str) -> None:
    """The next ids are 1 and so on."""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT setval(%s, 1, false)", [f"benefits_{name}_id_seq"])


def under_contract(**fields: object) -> Provider:
    provider, today = make_provider(**fields), timezone.localdate()
    make_contract(provider, starts_on=today - timedelta(days=30), ends_on=today + timedelta(days=300))
    return provider


def open_place(
    provider: Provider, number: int, name: str, district: str, address: str, *, only: date | None = None
) -> SiteService:
    site = Site.objects.create(
        site_no=f"C{number}",
        provider=provider,
        name_zh=name,
        province="上海市",
        city="上海市",
        district=district,
        address=address,
        phone="021-60000000",
        latitude=31.2304 + number / 50,
        longitude=121.4737,
    )
    shifts = [(time(9), time(10))] if only else [(time(9), time(12)), (time(13), time(17))]
    for weekday in [only.weekday()] if only else range(7):
        for opens, closes in shifts:
            OpeningHours.objects.create(site=site, weekday=weekday, opens=opens, closes=closes)
    return SiteService.objects.create(site=site, service=dental_cleaning(), slot_minutes=60, capacity=1 if only else 3)


def visit(member: Member, place: SiteService, number: int, guest: FamilyGuest | None = None) -> Booking:
    """At the number-th free time from now on."""
    slot = next_free_slots(place.pk, timezone.now(), number)[-1]
    return book_visit(
        member=member,
        site_service_id=place.pk,
        starts_at=slot.starts_at,
        guest_id=guest.pk if guest else None,
        key=f"{place.pk} {number}",
    )


def take_place_yesterday(booking: Booking) -> None:
    """As though it had."""
    at = moment(timezone.localdate() - timedelta(days=1), 10)
    Booking.objects.filter(pk=booking.pk).update(
        starts_at=at, ends_at=at + timedelta(hours=1), state="completed", checked_in_at=at, ended_at=at
    )
    Entitlement.objects.filter(pk=booking.entitlement_id).update(held=1, used=1)


def moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)
