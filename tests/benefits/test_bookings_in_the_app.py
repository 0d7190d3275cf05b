"""Bookings in the app: under a key of its own, with what is wrong and where."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from benefits import refusals
from benefits.actions.cancel_booking import cancel_booking
from benefits.models import Booking, WaitingPlace
from benefits.refusals import BenefitRefused
from members.models import Level
from portal.booking_words import TITLES, explained, why_not_booked
from portal.member_api import explanation
from tests.benefits.network import MONDAY, at, make_offer, make_site
from tests.benefits.visitors import book, entitle, family, terms, visitor
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified
from tests.portal.test_member_api import App

pytestmark = pytest.mark.usefixtures("monday_morning")
TEN = at(MONDAY, 10).isoformat()
SERVICE = "me/benefits/services/dental_cleaning"
#: What a desk is told; members never meet it.
AT_THE_DESK = {
    refusals.BookingCancelled,
    refusals.CodeUsed,
    refusals.NotToday,
    refusals.NotedAsMissed,
    refusals.OwnVisit,
    refusals.TooEarlyForNoShow,
    refusals.UnknownCode,
}


@pytest.fixture
def alice(dentist):
    member = verified(MemberFactory(agrees=True, customer=CustomerFactory()))
    entitle(member, quota=2, allowance=terms(quota=2, gap_days=0))
    return member


@pytest.fixture
def app(alice):
    return KeyedApp(alice)


class KeyedApp(App):
    """An app that sends a key along."""

    def book(self, place, *, key="k1", **body):
        headers = {"X-Session-Token": self.token, "Accept-Language": "en"}
        if key is not None:
            headers["Idempotency-Key"] = key
        asked = json.dumps({"place_id": place.pk, "starts_at": TEN} | body)
        answer = self.http.post("/api/v1/me/bookings", asked, content_type="application/json", headers=headers)
        self.status, self.headers = answer.status_code, answer.headers
        return answer.json()


def moment(text):
    return datetime.fromisoformat(text)


def test_it_works(app, dentist, alice):
    (service,) = app("GET", "me/benefits/services")
    assert (service["code"], service["left"], service["cities"]) == ("dental_cleaning", 2, ["上海市"])
    assert (service["ends_on"], service["coming"]) == ("2027-12-31", [])
    (place,) = app("POST", f"{SERVICE}/places", day=str(MONDAY), city="上海市")["places"]
    assert (place["id"], place["free_slots"], place["distance_km"]) == (dentist.pk, 7, None)
    slots = app("GET", f"{SERVICE}/places/{dentist.pk}/slots?day={MONDAY}")
    assert (moment(slots[1]["starts_at"]), moment(slots[1]["ends_at"])) == (at(MONDAY, 10), at(MONDAY, 11))
    assert slots[1]["left"] == 1
    (myself,) = app("GET", f"{SERVICE}/candidates?starts_at={TEN.replace('+', '%2B')}")
    assert (myself["guest_id"], myself["obstacle"], myself["left_then"]) == (None, None, 1)
    made = app.book(dentist)
    booking = Booking.objects.get()
    assert (app.status, made["id"], made["code"], made["state"]) == (201, booking.pk, booking.code, "booked")
    assert app("GET", f"me/bookings/{booking.pk}") == made
    assert app("GET", "me/bookings") == {"bookings": [made], "next_page": None}
    to = at(MONDAY, 14).isoformat()
    moved = app("POST", f"me/bookings/{booking.pk}/move", place_id=dentist.pk, starts_at=to)
    assert moment(moved["starts_at"]) == at(MONDAY, 14)
    assert app("POST", f"me/bookings/{booking.pk}/cancellation")["state"] == "cancelled"
    assert app("GET", "me/bookings?past=true")["bookings"][0]["code"] == ""


def test_what_next_year_gives_is_told_apart(app, alice, monday_morning):
    entitle(alice, quota=1, starts_on=date(2028, 1, 1), ends_on=date(2028, 12, 31))
    monday_morning.move_to(at(date(2027, 11, 1), 8), tick=False)
    app.token = KeyedApp(alice).token
    (service,) = app("GET", "me/benefits/services")
    assert (service["left"], service["ends_on"]) == (2, "2027-12-31")
    assert service["coming"] == [{"left": 1, "starts_on": "2028-01-01"}]


def test_the_nearest_comes_first(app, dentist):
    far = make_offer(make_site(where=(31.30, 121.50)))
    found = app("POST", f"{SERVICE}/places", day=str(MONDAY), latitude=31.23, longitude=121.47)["places"]
    assert [each["id"] for each in found] == [dentist.pk, far.pk]


def test_places_come_twenty_at_a_time(app, dentist):
    others = [make_offer(make_site(dentist.site.provider)).pk for _ in range(20)]
    near = {"latitude": 31.23, "longitude": 121.47}
    for where in ({"city": "上海市"}, near):
        first, second = (app("POST", f"{SERVICE}/places", day=str(MONDAY), page=page, **where) for page in (1, 2))
        assert (len(first["places"]), first["next_page"]) == (20, 2)
        assert (len(second["places"]), second["next_page"]) == (1, None)
        assert {each["id"] for each in first["places"] + second["places"]} == {dentist.pk, *others}
    app("POST", f"{SERVICE}/places", day=str(MONDAY), city="上海市", page=0)
    assert app.status == 422


def test_the_same_key_is_one_booking_and_for_something_else_a_conflict(app, dentist):
    assert app.book(dentist) == app.book(dentist)
    answer = app.book(dentist, starts_at=at(MONDAY, 14).isoformat())
    assert (app.status, answer["error"]["code"]) == (409, "request_conflict")
    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"starts_at": "2027-03-08T10:00:00"},
        {"starts_at": "9999-12-31T23:59:59Z"},
        {"starts_at": "soon"},
        {"place_id": 0},
        {"place_id": 2**63},
        {"guest_id": "me"},
    ],
)
def test_what_is_no_request_is_refused(app, dentist, body):
    app.book(dentist, **body)
    assert app.status == 422 and not Booking.objects.exists()


@pytest.mark.parametrize("key", [None, "", "k" * 101])
def test_the_app_sends_a_key(app, dentist, key):
    app.book(dentist, key=key)
    assert app.status == 422 and not Booking.objects.exists()


def test_who_comes_too_late_is_told_the_next_free_times(app, dentist):
    book(visitor(), dentist)
    error = app.book(dentist)["error"]
    assert (app.status, error["code"]) == (409, "slot_taken")
    assert moment(error["next_free"][0]) == at(MONDAY, 11)


def test_somebody_elses_booking_is_not_found(app, dentist):
    other = book(visitor(), dentist)
    for method, path, body in (
        ("GET", "", {}),
        ("POST", "/cancellation", {}),
        ("POST", "/move", {"place_id": dentist.pk, "starts_at": at(MONDAY, 14).isoformat()}),
        ("POST", "/rating", {"rating": 5}),
    ):
        answer = app(method, f"me/bookings/{other.pk}{path}", **body)
        assert (app.status, answer["error"]["code"]) == (404, "no_such_booking")


def test_somebody_elses_family_is_refused_by_name_of_the_field(app, dentist):
    error = app.book(dentist, guest_id=family(visitor()).pk)["error"]
    assert (app.status, error["code"], error["pointer"]) == (422, "guest_not_listed", "/guest_id")


def test_no_such_place_or_service(app, dentist):
    assert app.book(dentist, place_id=999_999)["error"]["code"] == "no_such_service"
    app("GET", f"{SERVICE}/places/999999/slots?day={MONDAY}")
    assert app.status == 404
    app("POST", "me/benefits/services/nothing/places", day=str(MONDAY))
    assert app.status == 404


def test_late_it_is_cancelled_only_by_who_knows_that_it_counts(app, dentist, alice, monday_morning):
    booking = book(alice, dentist)
    monday_morning.move_to(at(MONDAY, 8), tick=False)
    app.token = KeyedApp(alice).token
    assert app("POST", f"me/bookings/{booking.pk}/cancellation")["error"]["code"] == "counts_as_used"
    done = app("POST", f"me/bookings/{booking.pk}/cancellation", counts_as_used=True)
    assert (app.status, done["state"]) == (200, "cancelled_late")


def test_waiting(app, dentist, alice):
    wanted = {"place_id": dentist.pk, "day": str(MONDAY)}
    assert app("POST", "me/waiting-list", **wanted)["error"]["code"] == "places_are_free"
    for hour in (9, 10, 11, 13, 14, 15, 16):
        book(visitor(), dentist, starts_at=at(MONDAY, hour))
    first, again = app("POST", "me/waiting-list", **wanted), app("POST", "me/waiting-list", **wanted)
    assert app.status == 201 and first == again
    assert app("GET", "me/waiting-list") == [first]
    bob = visitor()
    other = WaitingPlace.objects.create(customer=bob.customer, member=bob, at=dentist, day=MONDAY + timedelta(days=1))
    app("DELETE", f"me/waiting-list/{other.pk}")
    assert app.status == 404
    app("DELETE", f"me/waiting-list/{first['id']}")
    assert (app.status, app("GET", "me/waiting-list")) == (204, [])


def test_waiting_that_ended_says_why_until_its_day_is_over(app, dentist, alice, monday_morning):
    place = WaitingPlace.objects.create(
        customer=alice.customer, member=alice, at=dentist, day=MONDAY, state="passed", why_not="quota_used_up"
    )
    (told,) = app("GET", "me/waiting-list")
    ended = {"code": "quota_used_up", "detail": "All of this service was booked or used by then."}
    assert (told["id"], told["ended"]) == (place.pk, ended)
    monday_morning.move_to(at(MONDAY + timedelta(days=1), 8), tick=False)
    app.token = KeyedApp(alice).token
    assert app("GET", "me/waiting-list") == []


def test_why_waiting_ended_is_a_sentence(dentist):
    """Also where what the refusal knew is not kept."""
    never = {refusals.SlotTaken, refusals.TooManyWaits, refusals.TooLateToMove, refusals.TooFarAhead}
    with translation.override("en"):
        for kind in TITLES.keys() - never:
            assert why_not_booked(WaitingPlace(at=dentist, day=MONDAY, why_not=kind.code)).endswith(".")
        closed = WaitingPlace(at=dentist, day=MONDAY, why_not="closed_day")
        assert why_not_booked(closed) == "This place is closed on March 8, 2027. Please choose another day."


def test_a_customer_is_needed(dentist):
    app = KeyedApp(MemberFactory(agrees=True))
    assert app.book(dentist)["error"]["code"] == "not_a_customer"
    assert app.status == 403
    assert app("GET", "me/bookings") == {"bookings": [], "next_page": None}


def test_twenty_at_a_time(app, alice, dentist):
    roomy = make_offer(capacity=3)
    for number in range(21):
        booking = book(alice, roomy, starts_at=at(MONDAY, (9, 10, 11, 13, 14, 15, 16)[number % 7]))
        cancel_booking(booking_id=booking.pk)
    first = app("GET", "me/bookings?past=true")
    assert (len(first["bookings"]), first["next_page"]) == (20, 2)
    rest = app("GET", "me/bookings?past=true&page=2")
    assert (len(rest["bookings"]), rest["next_page"]) == (1, None)


#: Of bookings; those of cases, of the family list and of the desks are tested with them.
KINDS = [
    kind
    for kind in BenefitRefused.__subclasses__()
    if kind.__module__ in ("benefits.refusals.booking", "benefits.refusals.place") or kind is refusals.ServiceSuspended
]


def every_refusal():
    day, now = MONDAY, timezone.now()
    given = {
        refusals.QuotaUsedUp: (day,),
        refusals.BenefitNeedsLevel: (Level.VERIFIED,),
        refusals.NotAtThisAge: (18, 75),
        refusals.TooSoonAfterLast: (90, day),
        refusals.OpenAlready: (1,),
        refusals.TooLateToMove: (24,),
        refusals.CodeUsed: (now,),
        refusals.NotedAsMissed: (now,),
        refusals.TooEarlyForNoShow: (now,),
        refusals.TooManyWaits: (5,),
        refusals.ServiceSuspended: (day,),
        refusals.NotToday: (day,),
        refusals.ClosedDay: (day,),
        refusals.TooSoon: (now,),
        refusals.TooFarAhead: (day,),
        refusals.SlotTaken: ([],),
    }
    return [kind(*given.get(kind, ())) for kind in KINDS]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_refusal_says_what_why_and_what_to_do(language):
    with translation.override(language):
        for refusal in every_refusal():
            assert str(refusal)
            if type(refusal) not in AT_THE_DESK:
                words = explained(refusal, held=Level.REGISTERED, back_to="/back")
                assert all(words[name] for name in ("title", "why", "now", "href", "action"))
    assert set(KINDS) - AT_THE_DESK == set(TITLES)


def test_the_app_has_a_code_and_words_for_every_refusal():
    for refusal in every_refusal():
        status, body = explanation(refusal)
        assert status in (403, 409, 422)
        assert body["error"]["code"] == refusal.code
        assert body["error"]["detail"] == str(refusal)
