"""From a service to a booked visit and what becomes of it, on the web."""

import re
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from benefits.actions.keep_visit import check_in, complete_visit
from benefits.models import Allowance, Booking, Entitlement, OpeningHours, Service, SiteService, WaitingPlace
from tests.benefits.network import MONDAY, NOW, at, make_offer, make_site
from tests.benefits.visitors import book, entitle, family, terms, visitor
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified

pytestmark = pytest.mark.usefixtures("monday_morning")
BOOK = "/me/benefits/book"
SEARCH = f"{BOOK}/dental_cleaning"
CONFIRM = f"{SEARCH}/confirm"
MINE = "/me/benefits/bookings"
TEN = at(MONDAY, 10).isoformat()


def browser(member, language="en"):
    client = Client(headers={"accept-language": language})
    client.force_login(member)
    return client


@pytest.fixture
def alice(dentist):
    member = verified(MemberFactory(agrees=True, customer=CustomerFactory()))
    entitle(member, quota=2, allowance=terms(quota=2, gap_days=0))
    return member


@pytest.fixture
def client(alice):
    return browser(alice)


def choose(client, dentist, starts_at=TEN, **other):
    return client.post(f"{SEARCH}/{dentist.pk}", {"starts_at": starts_at} | other)


def key_on(client):
    return re.search(r'name="key" value="(\w+)"', client.get(CONFIRM).text)[1]


def test_it_works(client, dentist, alice):
    assert SEARCH in client.get(BOOK).text
    found = client.get(SEARCH, {"day": MONDAY, "city": "上海市"})
    assert dentist.site.name_zh in found.text and "7 free times, from 09:00" in found.text
    page = client.get(f"{SEARCH}/{dentist.pk}", {"day": MONDAY})
    assert re.findall(r'name="starts_at"\s+value="([^"]+)"', page.text)[1] == TEN
    assert choose(client, dentist).url == CONFIRM
    shown = client.get(CONFIRM).text
    assert "free of charge until" in shown and dentist.site.address in shown
    answer = client.post(CONFIRM, {"key": key_on(client)})
    booking = Booking.objects.get()
    assert answer.url == f"{MINE}/{booking.pk}"
    assert (booking.customer, booking.starts_at, booking.guest) == (alice.customer, at(MONDAY, 10), None)
    told = client.get(answer.url).text
    assert f"{booking.code[:4]} {booking.code[4:]}" in told and "<svg" in told and "tel:021-60000000" in told


def test_what_next_year_gives_is_said_apart(client, alice, monday_morning):
    entitle(alice, quota=1, starts_on=date(2028, 1, 1), ends_on=date(2028, 12, 31))
    entitle(alice, quota=None, starts_on=date(2028, 1, 2), ends_on=date(2028, 12, 31))
    monday_morning.move_to(at(date(2027, 11, 1), 8), tick=False)
    client.force_login(alice)
    page = client.get(BOOK).text
    assert "2 left" in page and "1 more for visits from Jan. 1, 2028 on" in page
    assert "as often as needed from Jan. 2, 2028 on" in page


def test_pressed_twice_it_is_one_booking(client, dentist):
    choose(client, dentist)
    key = key_on(client)
    first, second = client.post(CONFIRM, {"key": key}), client.post(CONFIRM, {"key": key})
    assert first.url == second.url
    assert Booking.objects.count() == 1


def test_the_key_of_another_page_books_nothing(client, dentist):
    choose(client, dentist)
    old = key_on(client)
    choose(client, dentist, at(MONDAY, 14).isoformat())
    assert client.post(CONFIRM, {"key": old}).url == CONFIRM
    assert not Booking.objects.exists()


def test_without_a_choice_there_is_nothing_to_confirm(client):
    assert client.get(CONFIRM).url == SEARCH
    assert client.post(CONFIRM, {"key": "x"}).url == SEARCH


def test_what_was_chosen_stands_nowhere_in_clear(client, dentist, alice):
    choose(client, dentist, guest=str(family(alice).pk))
    assert TEN not in str(dict(client.session)) and '"guest_id"' not in str(dict(client.session))


def test_who_comes_too_late_is_offered_the_next_times_and_keeps_whom_it_is_for(client, dentist, alice):
    Entitlement.objects.update(family_quota=1)
    Allowance.objects.update(family_quota=1, family_relations=["spouse"])
    spouse = family(alice)
    choose(client, dentist, guest=str(spouse.pk))
    key = key_on(client)
    book(visitor(), dentist)
    for answer in (client.post(CONFIRM, {"key": key}), client.get(CONFIRM)):
        assert answer.status_code == 409
        assert "Somebody was quicker" in answer.text
        assert re.findall(r'name="starts_at"\s+value="([^"]+)"', answer.text)[0] == at(MONDAY, 11).isoformat()
        assert f'name="guest" value="{spouse.pk}"' in answer.text
    choose(client, dentist, at(MONDAY, 11).isoformat(), guest=str(spouse.pk))
    client.post(CONFIRM, {"key": key_on(client)})
    assert Booking.objects.get(customer=alice.customer).guest == spouse


def test_whoever_can_not_come_is_named_with_the_reason(client, dentist, alice):
    family(alice)
    page = client.get(f"{SEARCH}/{dentist.pk}", {"day": MONDAY}).text
    assert "李小红" in page and "This service is not for this family member." in page
    assert re.search(r'value="\d+"\s+disabled', page)


@pytest.mark.parametrize("guest", ["999999", "abc", "9" * 40])
def test_somebody_elses_family_is_refused(client, dentist, guest):
    choose(client, dentist, guest=guest)
    answer = client.get(CONFIRM)
    assert answer.status_code == 409
    assert "Not on your family list" in answer.text


def test_nothing_left_says_so_before_anything_is_chosen(client, dentist):
    Entitlement.objects.update(used=2)
    page = client.get(f"{SEARCH}/{dentist.pk}", {"day": MONDAY}).text
    assert "All used or booked" in page and 'name="starts_at"' not in page


def test_a_level_that_is_missing_leads_to_it(dentist):
    member = MemberFactory(agrees=True, customer=CustomerFactory())
    entitle(member)
    page = browser(member).get(f"{SEARCH}/{dentist.pk}", {"day": MONDAY}).text
    assert "One step first" in page and "/me/level/identity?next=" in page


def test_an_account_without_a_customer_is_led_to_become_one(dentist):
    page = browser(MemberFactory(agrees=True)).get(BOOK)
    assert "Nothing to book at present" in page.text


@pytest.mark.parametrize("day", ["2027-02-28", "2027-03-02", "2027-05-31", "2040-01-01"])
def test_a_day_that_can_not_be_booked_is_named(client, dentist, day):
    for address in (SEARCH, f"{SEARCH}/{dentist.pk}"):
        page = client.get(address, {"day": day})
        assert page.status_code == 200
        assert re.search("This time is over|Not as soon as that|Too far ahead", page.text)
        assert 'name="starts_at"' not in page.text


@pytest.mark.parametrize("day", ["", "today", "2027-02-30", "99999-01-01"])
def test_a_day_that_is_none_is_the_first_one(client, dentist, day):
    assert 'aria-current="date"' in client.get(SEARCH, {"day": day}).text


def days_of(page):
    """The day that is shown, and those of the strip that have nothing."""
    strip = re.search(r'class="days".*?</(?:nav|form)>', page, re.DOTALL)[0]
    (shown,) = re.findall(r'(?:aria-current="date"|aria-pressed="true").*?datetime="([^"]+)"', strip, re.DOTALL)
    words = r"full|closed|too soon|not offered|none free"
    return shown, dict(re.findall(rf'datetime="([^"]+)">[^<]*</time>\s*<span>({words})<', strip))


@pytest.mark.parametrize(
    ("hour", "minute", "first", "empty"),
    [(9, 0, "2027-03-04", []), (16, 4, "2027-03-05", ["2027-03-04"]), (22, 30, "2027-03-05", ["2027-03-04"])],
)
def test_a_page_opens_on_the_first_day_that_has_a_free_time(
    client, dentist, monday_morning, hour, minute, first, empty
):
    """Three days after Monday afternoon the last hour of the place is too soon."""
    monday_morning.move_to(at(NOW.date(), hour, minute), tick=False)
    expected = (first, [*empty, "2027-03-07", "2027-03-14"])  # and the Sundays
    near = {"latitude": "31.23", "longitude": "121.47", "day": ""}
    pages = [client.get(SEARCH).text, client.post(SEARCH, near).text]
    for page in pages:
        shown, without = days_of(page)
        assert (shown, list(without)) == expected and set(without.values()) == {"none free"}
        assert f'href="{SEARCH}/{dentist.pk}?day={first}"' in page
        assert 'name="day" value=""' in page  # nobody has chosen it: nearby it may be another one
    page = client.get(f"{SEARCH}/{dentist.pk}").text
    shown, without = days_of(page)
    assert without == dict.fromkeys(empty, "too soon") | {"2027-03-07": "closed", "2027-03-14": "closed"}
    assert shown == first and f'name="starts_at" value="{first}' in re.sub(r"\s+", " ", page)


def test_a_day_that_was_chosen_is_shown_although_it_is_empty(client, dentist):
    sunday = str(MONDAY - timedelta(days=1))
    near = {"latitude": "31.23", "longitude": "121.47"}
    for page in (client.get(SEARCH, {"day": sunday}), client.post(SEARCH, near | {"day": sunday})):
        assert days_of(page.text)[0] == sunday
        assert "No free time on this day" in page.text and f'name="day" value="{sunday}"' in page.text
    assert days_of(client.get(f"{SEARCH}/{dentist.pk}", {"day": sunday}).text)[0] == sunday


def test_where_nothing_is_free_a_page_opens_on_the_first_day(client, dentist):
    OpeningHours.objects.all().delete()
    for address in (SEARCH, f"{SEARCH}/{dentist.pk}"):
        shown, full = days_of(client.get(address).text)
        assert (shown, len(full)) == ("2027-03-04", 14)


@pytest.mark.parametrize("starts_at", ["", "soon", "2027-03-08T10:00:00", "2027-13-08T10:00:00+08:00"])
def test_a_time_that_is_none_shows_the_page_again(client, dentist, starts_at):
    assert choose(client, dentist, starts_at).status_code == 200
    assert client.get(CONFIRM).url == SEARCH


def test_a_time_between_the_slots_is_refused(client, dentist):
    choose(client, dentist, at(MONDAY, 10, 30).isoformat())
    assert client.get(CONFIRM).status_code == 409


def test_a_place_that_closed_meanwhile_says_so(client, dentist):
    choose(client, dentist)
    key = key_on(client)
    SiteService.objects.update(is_offered=False)
    assert "Not offered here" in client.post(CONFIRM, {"key": key}).text
    assert "Not offered here" in client.get(f"{SEARCH}/{dentist.pk}", {"day": MONDAY}).text


def test_a_service_without_times_has_no_such_page(client, dentist):
    Service.objects.create(
        code="second_opinion", name_zh="二诊", name_en="Second opinion", category="health", mode="case", unit="case",
        partner_kind="hospital", lead_time="P3D",
    )  # fmt: skip
    for address in (f"{BOOK}/second_opinion", f"{BOOK}/nothing", f"{SEARCH}/999999", f"{BOOK}/second_opinion/confirm"):
        assert client.get(address).status_code == 404


# --- where -------------------------------------------------------------------------------------------------------


def places_shown(page):
    return [int(pk) for pk in re.findall(rf'href="{SEARCH}/(\d+)\?', page)]


def test_the_nearest_comes_first_and_the_position_stands_in_no_address(client, dentist):
    far = make_offer(make_site(where=(31.30, 121.50)))
    near = make_offer(make_site(where=(31.20, 121.45)))
    where = {"latitude": "31.2001", "longitude": "121.4502", "day": str(MONDAY)}
    page = client.post(SEARCH, where).text
    assert places_shown(page) == [near.pk, dentist.pk, far.pk]
    assert "0.0 km" in page
    assert not re.search(r'(href|action|hx-post)="[^"]*(31\.2|121\.4)', page)
    assert 'name="latitude" value="31.2"' in page  # goes along in the next body, no nearer than need be
    assert "latitude" not in str(dict(client.session))


def test_places_after_the_twentieth_are_on_the_next_page(client, dentist):
    offers = {dentist.pk, *(make_offer(make_site(dentist.site.provider)).pk for _ in range(20))}
    where = {"day": str(MONDAY), "city": "上海市"}
    first = client.get(SEARCH, where).text
    (onward,) = re.findall(r'rel="next"\s+href="([^"]+)"', first)
    second = client.get(SEARCH + onward.replace("&amp;", "&")).text
    assert (len(places_shown(first)), len(places_shown(second))) == (20, 1)
    assert {*places_shown(first), *places_shown(second)} == offers
    assert 'rel="prev"' not in first and 'rel="prev"' in second and 'rel="next"' not in second
    assert places_shown(client.get(SEARCH, where | {"page": "none"}).text) == places_shown(first)
    assert client.get(SEARCH, where | {"page": "9" * 18}).status_code == 200


def test_the_next_page_of_the_nearest_stands_in_no_address(client, dentist):
    offers = {dentist.pk, *(make_offer(make_site(dentist.site.provider)).pk for _ in range(20))}
    where = {"day": str(MONDAY), "city": "上海市", "latitude": "31.23", "longitude": "121.47"}
    first = client.post(SEARCH, where).text
    assert re.search(r'name="page"\s+value="2"', first) and "page=2" not in first
    second = client.post(SEARCH, where | {"page": "2"}).text
    assert {*places_shown(first), *places_shown(second)} == offers


def test_by_address_nobody_says_where_they_are(client, dentist):
    page = client.get(SEARCH, {"latitude": "31.2", "longitude": "121.4", "day": str(MONDAY)}).text
    assert " km" not in page and 'value="31.2"' not in page


@pytest.mark.parametrize("latitude", ["", "nan", "91", "1e400", "north"])
def test_a_position_that_is_none_shows_the_city(client, dentist, latitude):
    page = client.post(SEARCH, {"latitude": latitude, "longitude": "121.4", "day": str(MONDAY)})
    assert page.status_code == 200
    assert dentist.site.name_zh in page.text


def test_the_city_is_the_one_of_the_last_booking(client, dentist, alice):
    beijing = make_offer(make_site(city="北京市", province="北京市"))
    make_offer(make_site(city="上海市"))
    book(alice, beijing)
    assert "<option selected>北京市" in client.get(SEARCH).text.replace("<option selected>\n", "<option selected>")
    assert dentist.site.name_zh in client.get(f"{SEARCH}?city={quote('上海市')}&day={MONDAY}").text


# --- waiting ------------------------------------------------------------------------------------------------------


@pytest.fixture
def full(dentist):
    """Open for an hour on Mondays, and that is booked."""
    OpeningHours.objects.filter(site=dentist.site).exclude(weekday=0, opens__hour=9).delete()
    OpeningHours.objects.update(closes="10:00")
    return book(visitor(), dentist, starts_at=at(MONDAY, 9))


def test_on_a_full_day_one_waits_and_leaves(client, dentist, alice, full):
    page = client.get(f"{SEARCH}/{dentist.pk}", {"day": MONDAY}).text
    assert "Book for me if a place becomes free" in page
    assert client.post(f"{SEARCH}/{dentist.pk}", {"wait_for": str(MONDAY)}).url == MINE
    waiting = WaitingPlace.objects.get()
    assert (waiting.member, waiting.day, waiting.guest) == (alice, MONDAY, None)
    assert "On the waiting list" in client.get(MINE).text
    leave = f"/me/benefits/waiting/{waiting.pk}/leave"
    assert browser(visitor()).post(leave).status_code == 404
    assert client.post(leave).url == MINE
    assert WaitingPlace.objects.get().state == "left"


def test_a_day_without_free_times_says_why(client, dentist, alice, full):
    """Wherever the days of one place are shown."""
    dentist.site.provider.contracts.update(ends_on=MONDAY)
    visit = book(alice, make_offer(make_site(dentist.site.provider)), starts_at=at(MONDAY, 10))
    for address in (f"{SEARCH}/{dentist.pk}", f"{MINE}/{visit.pk}/move?at={dentist.pk}"):
        _, without = days_of(client.get(address).text)
        assert (without[str(MONDAY)], without[str(MONDAY + timedelta(days=1))]) == ("full", "closed")
        assert without[str(MONDAY + timedelta(days=7))] == "not offered"


def test_where_it_is_closed_nobody_is_asked_to_wait(client, dentist, full):
    tuesday = MONDAY + timedelta(days=1)
    page = client.get(f"{SEARCH}/{dentist.pk}", {"day": tuesday}).text
    assert "Closed on that day" in page and 'name="wait_for"' not in page
    answer = client.post(f"{SEARCH}/{dentist.pk}", {"wait_for": str(tuesday)})
    assert (answer.status_code, WaitingPlace.objects.count()) == (409, 0)


def test_waiting_that_ended_says_why(client, dentist, alice, monday_morning):
    WaitingPlace.objects.create(
        customer=alice.customer, member=alice, at=dentist, day=MONDAY, state="passed", why_not="service_suspended"
    )
    why = "Visits were not kept, so the service was closed to you by then."
    assert why in client.get(MINE).text
    assert why not in client.get(MINE, {"past": 1}).text
    WaitingPlace.objects.update(day=MONDAY - timedelta(days=8))
    assert "No longer on the waiting list" not in client.get(MINE).text


def test_where_there_are_places_nobody_waits(client, dentist):
    answer = client.post(f"{SEARCH}/{dentist.pk}", {"wait_for": str(MONDAY)})
    assert answer.status_code == 409
    assert "There are free times" in answer.text and 'name="starts_at"' in answer.text


# --- what becomes of it -------------------------------------------------------------------------------------------


def test_somebody_elses_booking_is_not_found(client, dentist):
    other = book(visitor(), dentist)
    page = f"{MINE}/{other.pk}"
    for address in (page, f"{page}/calendar", f"{page}/move", f"{page}/cancel"):
        assert client.get(address).status_code == 404
    assert client.post(f"{page}/cancel").status_code == 404
    assert client.post(f"{page}/rate", {"rating": 5}).status_code == 404
    assert client.post(f"{page}/move", {"to": at(MONDAY, 14).isoformat()}).status_code == 404
    other.refresh_from_db()
    assert (other.state, other.starts_at) == ("booked", at(MONDAY, 10))


def test_nothing_is_done_by_looking(client, dentist, alice):
    booking = book(alice, dentist)
    client.get(f"{MINE}/{booking.pk}/cancel")
    client.get(f"{MINE}/{booking.pk}/move", {"to": at(MONDAY, 14).isoformat()})
    assert client.get(f"{MINE}/{booking.pk}/rate").url == f"{MINE}/{booking.pk}"
    booking.refresh_from_db()
    assert (booking.state, booking.starts_at) == ("booked", at(MONDAY, 10))


def test_cancelled_in_time_it_costs_nothing(client, dentist, alice):
    booking = book(alice, dentist)
    page = f"{MINE}/{booking.pk}/cancel"
    assert "It costs nothing" in client.get(page).text
    assert "nothing was used" in client.post(page, follow=True).text
    booking.refresh_from_db()
    assert booking.state == "cancelled"
    assert "cancelled, nothing was used" in client.get(MINE, {"past": "1"}).text


def test_cancelled_late_it_says_before_that_it_counts(client, dentist, alice, monday_morning):
    booking = book(alice, dentist)
    page = f"{MINE}/{booking.pk}/cancel"
    monday_morning.move_to(at(MONDAY, 8), tick=False)
    # Who was told that it is free, and pressed only now, is told anew.
    assert "It counts as used." in client.post(page).text
    booking.refresh_from_db()
    assert booking.state == "booked"
    assert "it counts as used" in client.post(page, {"costs": "one"}, follow=True).text
    booking.refresh_from_db()
    assert booking.state == "cancelled_late"


def test_moved_it_keeps_its_code(client, dentist, alice):
    booking = book(alice, dentist)
    page = f"{MINE}/{booking.pk}/move"
    assert "Until now" in client.get(page, {"day": MONDAY}).text
    to = at(MONDAY + timedelta(days=1), 14)
    assert "From now on" in client.get(page, {"at": dentist.pk, "to": to.isoformat()}).text
    assert client.post(page, {"at": dentist.pk, "to": to.isoformat()}).url == f"{MINE}/{booking.pk}"
    moved = Booking.objects.get()
    assert (moved.starts_at, moved.code) == (to, booking.code)


def test_to_be_moved_it_is_shown_the_first_free_times_from_its_own_day_on(client, dentist, alice):
    page = f"{MINE}/{book(alice, dentist).pk}/move"
    assert days_of(client.get(page).text)[0] == str(MONDAY)
    OpeningHours.objects.filter(weekday=0).delete()
    assert days_of(client.get(page).text)[0] == str(MONDAY + timedelta(days=1))


def test_moved_to_another_place(client, dentist, alice):
    booking, other = book(alice, dentist), make_offer()
    page = f"{MINE}/{booking.pk}/move"
    assert f"?at={other.pk}&amp;day={MONDAY}" in client.get(page, {"day": MONDAY}).text
    client.post(page, {"at": other.pk, "to": TEN})
    assert Booking.objects.get().slot.at == other


def test_moved_to_a_time_that_is_gone_it_stays_and_the_next_are_offered(client, dentist, alice):
    booking = book(alice, dentist)
    book(visitor(), dentist, starts_at=at(MONDAY, 14))
    answer = client.post(f"{MINE}/{booking.pk}/move", {"at": dentist.pk, "to": at(MONDAY, 14).isoformat()})
    assert answer.status_code == 409
    assert "Your booking stays as it was." in answer.text
    assert f'value="{at(MONDAY, 15).isoformat()}"' in answer.text
    assert Booking.objects.get(pk=booking.pk).starts_at == at(MONDAY, 10)


def test_too_late_to_move(client, dentist, alice, monday_morning):
    booking = book(alice, dentist)
    monday_morning.move_to(at(MONDAY, 8), tick=False)
    answer = client.get(f"{MINE}/{booking.pk}/move")
    assert (answer.status_code, "Too late to move it" in answer.text) == (409, True)
    assert f"{MINE}/{booking.pk}/move" not in client.get(f"{MINE}/{booking.pk}").text


def test_rated_once_with_a_tap(client, dentist, alice, monday_morning):
    booking = book(alice, dentist)
    page = f"{MINE}/{booking.pk}"
    assert 'name="rating"' not in client.get(page).text
    monday_morning.move_to(at(MONDAY, 10), tick=False)
    check_in(code=booking.code, provider=dentist.site.provider)
    complete_visit(booking_id=booking.pk)
    assert "★★★★★ very good" in client.get(page).text
    assert "Please choose one of the five." in client.post(f"{page}/rate", {"words": "kind"}).text
    assert ">kind</textarea>" in client.post(f"{page}/rate", {"words": "kind"}).text.replace(">\nkind", ">kind")
    client.post(f"{page}/rate", {"rating": "5", "words": "kind"})
    client.post(f"{page}/rate", {"rating": "1"})
    booking.refresh_from_db()
    assert (booking.rating, booking.rating_words) == (5, "kind")
    assert "very good" in client.get(page).text


def test_the_calendar_entry(client, dentist, alice):
    booking = book(alice, dentist)
    answer = client.get(f"{MINE}/{booking.pk}/calendar")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="B{booking.pk:08d}.ics"'
    lines = answer.content.decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == ""
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = answer.content.decode().replace("\r\n ", "")
    assert "DTSTART:20270308T020000Z\r\nDTEND:20270308T030000Z" in unfolded
    assert f"LOCATION:{dentist.site.name_zh}\\, 上海市黄浦区{dentist.site.address}" in unfolded
    assert booking.code not in unfolded


def test_bookings_are_paged(client, dentist, alice):
    Entitlement.objects.update(quota=30)
    for number in range(21):
        book(alice, dentist, starts_at=at(MONDAY + timedelta(days=number // 4), 13 + number % 4))
    assert client.get(MINE).text.count('class="cell"') == 20
    assert client.get(MINE, {"page": "2"}).text.count('class="cell"') == 1


def test_in_chinese(alice, dentist):
    book(alice, dentist)
    assert dentist.service.name_zh in browser(alice, "zh-hans").get(MINE).text


def test_how_many_questions_a_page_asks(client, dentist, alice, django_assert_max_num_queries):
    for hour in (9, 10):
        book(alice, dentist, starts_at=at(MONDAY, hour))
    client.get(MINE)
    with django_assert_max_num_queries(8):
        client.get(MINE)
    with django_assert_max_num_queries(15):  # one for each day of the strip that has nothing
        client.get(f"{SEARCH}/{dentist.pk}", {"day": date(2027, 3, 9)})
