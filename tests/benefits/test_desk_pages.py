"""A provider's desk: who gets there, what it sees, and what it does."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from benefits.actions.decide_dispute import accept_dispute
from benefits.actions.dispute_line import dispute_line
from benefits.actions.settle_month import settle_month
from benefits.models import Booking, Case, DeskWorker, LineDispute, NumberShowing
from benefits.queries.desk import visits_of_day
from members.phone import mask
from tests.benefits.desk_cast import (
    a_visit,
    ask,
    case_provider,
    customer_member,
    manager,
    mother_of,
    patient,
    pdf,
    worker_at,
)
from tests.benefits.network import MONDAY, at, make_offer, make_provider, make_site
from tests.factories import MemberFactory
from tests.pdf_text import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture(autouse=True)
def clock(db):
    """The Monday of the visits, at half past eight."""
    with time_machine.travel(at(MONDAY, 8, 30), tick=False) as traveller:
        yield traveller


@pytest.fixture
def dentist(clock):
    return make_offer()


@pytest.fixture
def kim(client, dentist):
    worker = worker_at(dentist.site.provider, "前台小金")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(worker.member)
    return worker


def shown(client, path, status=200, **query):
    answer = client.get(path, query)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def press(client, name, *args, follow=True, **data):
    answer = client.post(reverse(name, args=args), data, follow=follow)
    return " ".join(answer.content.decode().split())


def desk_addresses(visit, case, line):
    return [
        *("/desk", "/desk/cases", "/desk/settlements"),
        *(f"/desk/visits/{visit.pk}", f"/desk/cases/{case.pk}", f"/desk/settlements/{line.settlement_id}"),
        *(f"/desk/settlements/{line.settlement_id}/{kind}" for kind in ("pdf", "csv")),
        f"/desk/settlements/lines/{line.pk}/dispute",
    ]


class TestWhoGetsThere:
    @pytest.fixture
    def addresses(self, clock):
        doctors = case_provider()
        dentist = make_offer(make_site(doctors))
        dentist.site.provider.contracts.first().prices.create(service=dentist.service, price=180)
        visit = a_visit(dentist, at(date(2027, 2, 8), 9), state="completed")
        settlement = settle_month(provider=doctors, month=date(2027, 2, 1))
        self.worker = worker_at(doctors)
        return desk_addresses(visit, ask(patient()), settlement.lines.get())

    def test_worker_sees_the_own_providers(self, client, addresses):
        client.force_login(self.worker.member)
        assert [client.get(path).status_code for path in addresses] == [200] * len(addresses)

    def test_another_providers_worker_finds_lists_alone(self, client, addresses):
        client.force_login(worker_at(make_provider()).member)
        assert [client.get(path).status_code for path in addresses] == [200] * 3 + [404] * (len(addresses) - 3)

    def test_members_and_staff_find_nothing(self, client, addresses):
        for who in (customer_member(), manager(), MemberFactory(is_staff=True, is_superuser=True)):
            client.force_login(who)
            assert {client.get(path).status_code for path in addresses} == {404}

    def test_visitors_sign_in_first(self, client, addresses):
        assert {client.get(path).url.split("?")[0] for path in addresses} == {"/sign-in"}

    def test_whoever_is_taken_away_is_out_at_once(self, client, addresses):
        client.force_login(self.worker.member)
        self.worker.delete()
        assert {client.get(path).status_code for path in addresses} == {404}

    def test_account_leads_to_the_desk(self, client, addresses):
        client.force_login(self.worker.member)
        assert 'href="/desk"' in shown(client, "/me")
        client.force_login(customer_member())
        assert 'href="/desk"' not in shown(client, "/me")


class TestDay:
    def test_lists_the_days_visits_of_the_site_masked(self, client, kim, dentist):
        member = customer_member("欧阳爱丽", mobile="+8613811112222")
        a_visit(dentist, at(MONDAY, 9), member=member)
        a_visit(dentist, at(MONDAY + timedelta(days=1), 9), member=customer_member("赵子龙"))
        a_visit(make_offer(make_site(dentist.site.provider)), at(MONDAY, 9), member=customer_member("钱多多"))
        a_visit(make_offer(), at(MONDAY, 9), member=customer_member("孙悟空"))
        page = shown(client, "/desk", site=dentist.site.pk)
        assert "欧**" in page and "欧阳爱丽" not in page
        assert "138****2222" in page and "13811112222" not in page
        assert not any(name in page for name in ("赵", "钱", "孙"))
        assert "赵**" in shown(client, "/desk", site=dentist.site.pk, day=MONDAY + timedelta(days=1))

    def test_a_days_visits_are_found_by_their_slots(self, kim, dentist):
        """Not by reading all that was ever booked there."""
        with transaction.atomic(), connection.cursor() as cursor:
            # Of a few rows all would be read.
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = visits_of_day(kim, dentist.site, MONDAY).explain()
        assert re.search(r"benefits_slot_once on benefits_slot.*\n.*Index Cond: .*starts_at >= ", plan), plan

    def test_names_the_day_before_and_after(self, client, kim):
        page = shown(client, "/desk", day="2027-03-01")
        assert "day=2027-02-28" in page and "day=2027-03-02" in page
        for nonsense in ("yesterday", "0001-01-01", "9999-12-31"):
            assert client.get("/desk", {"day": nonsense}).context["day"] == MONDAY

    def test_another_providers_site_is_none(self, client, kim):
        shown(client, "/desk", status=404, site=make_site().pk)
        shown(client, "/desk", status=404, site="1; --")

    def test_family_member_comes_under_their_own_name_and_the_number_of_who_booked(self, client, kim, dentist):
        member = customer_member("欧阳爱丽")
        a_visit(dentist, at(MONDAY, 9), member=member, guest=mother_of(member))
        page = shown(client, "/desk")
        assert "李**" in page and mask(member.mobile) in page

    def test_provider_without_sites_has_an_empty_day(self, client, clock):
        client.force_login(worker_at(make_provider()).member)
        assert shown(client, "/desk")


class TestVisit:
    def test_checked_in_by_code_the_guest_has_a_name(self, client, kim, dentist):
        visit = a_visit(dentist, at(MONDAY, 9), member=customer_member("欧阳爱丽"))
        before = shown(client, f"/desk/visits/{visit.pk}")
        assert "欧阳爱丽" not in before
        assert visit.code not in before
        page = press_code(client, f" {visit.code[:4].lower()} {visit.code[4:]}")
        assert "欧阳爱丽" in page
        visit.refresh_from_db()
        assert visit.state == Booking.State.CHECKED_IN

    def test_wrong_codes_say_what_is_wrong(self, client, kim, dentist):
        tomorrow = a_visit(dentist, at(MONDAY + timedelta(days=1), 9))
        foreign = a_visit(make_offer(), at(MONDAY, 9))
        gone = a_visit(dentist, at(MONDAY, 10), state="cancelled")
        used = a_visit(dentist, at(MONDAY, 11), state="checked_in")
        for code, words in (
            ("ABCDEFGH", "No booking at your sites has this code"),
            (foreign.code, "No booking at your sites has this code"),
            (tomorrow.code, "not for today"),
            (gone.code, "was cancelled"),
            (used.code, "was used at"),
            ("", "Please scan or type the code"),
        ):
            assert words in press_code(client, code), words

    def test_served_and_reported(self, client, kim, dentist):
        visit = a_visit(dentist, at(MONDAY, 9), state="checked_in")
        assert "Noted: the guest was served." in press(client, "desk-served", visit.pk)
        visit.refresh_from_db()
        assert visit.state == Booking.State.COMPLETED
        assert "The report is with the member" in press(client, "desk-report", visit.pk, file=pdf("王小明.pdf"))
        page = shown(client, f"/desk/visits/{visit.pk}")
        assert "王小明.pdf" not in page
        assert f"/documents/{visit.documents.get().pk}" not in page

    def test_report_that_is_none_is_refused_at_its_field(self, client, kim, dentist):
        visit = a_visit(dentist, at(MONDAY, 9), state="checked_in")
        broken = pdf()
        broken.file = io.BytesIO(b"<html>")
        broken.size = 6
        assert "This file can&#x27;t be read" in press(client, "desk-report", visit.pk, file=broken)
        assert "Please choose a file." in press(client, "desk-report", visit.pk)

    def test_nobody_came(self, client, kim, dentist, clock):
        visit = a_visit(dentist, at(MONDAY, 9))
        clock.move_to(at(MONDAY, 9, 14))
        assert "Yes, nobody came" not in shown(client, f"/desk/visits/{visit.pk}")
        assert "The guest may still come" in press(client, "desk-missed", visit.pk)
        clock.move_to(at(MONDAY, 9, 15))
        assert "Yes, nobody came" in shown(client, f"/desk/visits/{visit.pk}")
        assert "Noted: nobody came." in press(client, "desk-missed", visit.pk)
        clock.move_to(at(MONDAY, 9, 19))
        page = press_code(client, visit.code)
        assert "noted as not come" in page and "was used at" not in page

    def test_called_off_with_a_reason(self, client, kim, dentist):
        visit = a_visit(dentist, at(MONDAY, 9))
        assert "It can&#x27;t take place" in shown(client, f"/desk/visits/{visit.pk}").replace("'", "&#x27;")
        assert "Please say why." in press(client, "desk-call-off", visit.pk)
        page = press(client, "desk-call-off", visit.pk, **{"call-off-because": "医生病假"})
        assert "Called off. The member is told" in page and 'href="#call-off"' not in page
        visit.refresh_from_db()
        assert visit.state == Booking.State.CANCELLED

    def test_ones_own_visit_is_a_colleagues(self, client, kim, dentist, clock):
        mine = a_visit(dentist, at(MONDAY, 9), member=(clerk := customer_member()))
        DeskWorker.objects.create(member=clerk, provider=kim.provider, added_by=manager())
        client.force_login(clerk)
        clock.move_to(at(MONDAY, 9, 15))
        assert "Ask a colleague" in press_code(client, mine.code)
        assert "Ask a colleague" in press(client, "desk-missed", mine.pk)
        Booking.objects.filter(pk=mine.pk).update(state="checked_in", checked_in_at=timezone.now())
        assert "Ask a colleague" in press(client, "desk-served", mine.pk)

    def test_buttons_of_others_visits_do_nothing(self, client, kim):
        visit = a_visit(make_offer(), at(MONDAY, 9), state="checked_in")
        for name in ("served", "missed", "report", "call-off"):
            sent = {"call-off-because": "医生病假"}
            assert client.post(f"/desk/visits/{visit.pk}/{name}", sent).status_code == 404
        visit.refresh_from_db()
        assert visit.state == Booking.State.CHECKED_IN


def press_code(client, code):
    return " ".join(client.post("/desk", {"code": code}, follow=True).content.decode().split())


class TestCases:
    @pytest.fixture
    def lee(self, client, clock):
        worker = worker_at(case_provider(), "李医生")
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        client.force_login(worker.member)
        return worker

    @pytest.fixture
    def case(self, lee):
        return ask(patient(name="欧阳爱丽"), files=[pdf("血检.pdf")])

    def test_most_pressing_first_with_their_clocks(self, client, case, clock):
        clock.shift(timedelta(minutes=30))
        later = ask(patient(name="赵子龙"))
        page = shown(client, "/desk/cases")
        assert page.index("欧**") < page.index("赵**")
        assert "30 minutes left" in page
        clock.shift(timedelta(minutes=31))
        assert "late by 1 minute" in shown(client, "/desk/cases")
        assert later.state == "asked"

    def test_whole_life_of_one(self, client, case, lee):
        page = shown(client, f"/desk/cases/{case.pk}")
        assert "欧**" in page and "头痛两天了" in page and "血检.pdf" not in page
        assert "Whoever takes the case can open them." in page
        assert "You look after this case now." in press(client, "desk-case-take", case.pk)
        assert "血检.pdf" in shown(client, f"/desk/cases/{case.pk}")
        press(client, "desk-case-write", case.pk, text="请问发烧吗？", key="1", **{"as": "ask"})
        case.refresh_from_db()
        assert case.state == Case.State.MEMBERS_TURN
        assert "the clock stands still" in shown(client, f"/desk/cases/{case.pk}")
        press(client, "desk-case-write", case.pk, text="报告附上", key="2", documents=pdf(), **{"as": "say"})
        assert case.documents.count() == 2
        assert "This case is done." in press(client, "desk-case-done", case.pk)
        assert "欧阳爱丽" in shown(client, "/desk/cases", only="ended")
        assert "欧阳爱丽" not in shown(client, "/desk/cases")

    def test_whoever_takes_over_has_seen_from_whom(self, client, case, lee):
        page = f"/desk/cases/{case.pk}"
        assert re.search(r'name="held_by" value=""', shown(client, page))
        press(client, "desk-case-take", case.pk)
        client.force_login(worker_at(lee.provider).member)
        assert "A colleague has taken this case meanwhile." in press(client, "desk-case-take", case.pk, held_by="")
        case.refresh_from_db()
        assert case.owner == lee.member
        (held_by,) = re.findall(r'name="held_by" value="(\d+)"', shown(client, page))
        assert "You look after this case now." in press(client, "desk-case-take", case.pk, held_by=held_by)

    def test_number_to_call_is_shown_to_the_owner_and_recorded(self, client, case, lee):
        number = case.member.mobile
        assert "You don&#x27;t look after this case" in press(client, "desk-case-number", case.pk)
        press(client, "desk-case-take", case.pk)
        assert number not in shown(client, f"/desk/cases/{case.pk}")
        assert number in press(client, "desk-case-number", case.pk)
        assert [(each.case, each.by) for each in NumberShowing.objects.all()] == [(case, lee.member)]
        press(client, "desk-case-done", case.pk)
        assert number not in press(client, "desk-case-number", case.pk)

    def test_declined_with_a_reason(self, client, case):
        press(client, "desk-case-take", case.pk)
        assert "Please say why." in press(client, "desk-case-decline", case.pk, **{"decline-key": "d"})
        said = {"decline-key": "d", "decline-because": "没有该科室"}
        assert "has the benefit back" in press(client, "desk-case-decline", case.pk, **said)

    def test_only_whoever_looks_after_it_reads_it(self, client, case, lee):
        """Nobody's papers are open; a colleague's case is closed, and what was declined is for its owner, too."""
        paper, page = f"/desk/documents/{case.documents.get().pk}", f"/desk/cases/{case.pk}"
        colleague = worker_at(lee.provider).member

        def read(by):
            client.force_login(by)
            return "头痛两天了" in shown(client, page), "欧阳爱丽" in shown(client, page), client.get(paper).status_code

        assert read(lee.member) == read(colleague) == (True, False, 404)
        client.force_login(lee.member)
        press(client, "desk-case-take", case.pk)
        assert (read(colleague), read(lee.member)) == ((False, False, 404), (True, True, 200))
        press(client, "desk-case-decline", case.pk, **{"decline-key": "d", "decline-because": "没有该科室"})
        assert read(lee.member) == read(colleague) == (False, False, 404)

    def test_refusals_are_told(self, client, case, lee):
        page = press(client, "desk-case-write", case.pk, text="你好", key="1")
        assert "You don&#x27;t look after this case" in page
        press(client, "desk-case-take", case.pk)
        assert "Please write something first." in press(client, "desk-case-write", case.pk, text=" ", key="1")

    def test_others_cases_are_not_there(self, client, case):
        client.force_login(worker_at(case_provider()).member)
        for name in ("take", "write", "done", "decline", "number"):
            assert client.post(f"/desk/cases/{case.pk}/{name}", {"key": "1"}).status_code == 404
        shown(client, "/desk/cases", status=404, only="all")


class TestSettlement:
    @pytest.fixture
    def february(self, kim, dentist):
        for hour, state in ((9, "completed"), (10, "no_show")):
            a_visit(dentist, at(date(2027, 2, 8), hour), state=state, member=customer_member("欧阳爱丽"))
        return settle_month(provider=kim.provider, month=date(2027, 2, 1))

    def test_month_with_its_lines_and_no_names(self, client, february):
        assert "360.00" in shown(client, "/desk/settlements")
        page = shown(client, f"/desk/settlements/{february.pk}")
        assert page.count("180.00") == 2 and "not kept" in page
        assert "欧阳爱丽" not in page

    def test_as_a_table(self, client, february):
        answer = client.get(f"/desk/settlements/{february.pk}/csv")
        assert answer["Content-Disposition"].endswith('-2027-02.csv"')
        text = answer.content.decode()
        assert text[0] == "\ufeff"
        rows = list(csv.reader(io.StringIO(text[1:])))
        amounts = [Decimal(row[4]) for row in rows[1:]]
        assert amounts == [Decimal("180.00"), Decimal("180.00"), Decimal("360.00")] == [*amounts[:-1], february.total]

    @pytest.mark.parametrize(("language", "words"), [("en", "Settlement of"), ("zh-hans", "申悦口腔")])
    def test_as_pdf(self, client, february, language, words):
        answer = client.get(f"/desk/settlements/{february.pk}/pdf", headers={"accept-language": language})
        assert answer["Content-Type"] == "application/pdf"
        text = text_of(answer.content)
        assert words in text and "360.00" in text

    def test_correction_is_drawn_in_letters_that_the_fonts_have(self, client, february, kim):
        dispute = dispute_line(line_id=february.lines.first().pk, worker=kim, reason="客人没来")
        accept_dispute(dispute_id=dispute.pk, by=manager(), amount=Decimal("0"), because="核实无误")
        text = text_of(client.get(f"/desk/settlements/{february.pk}/pdf").content)
        assert "-180.00" in text and "〓" not in text

    def test_line_is_disputed_once(self, client, february, kim):
        line = february.lines.first()
        address = f"/desk/settlements/lines/{line.pk}/dispute"
        assert "180.00" in shown(client, address)
        assert "Please say what is wrong." in press(client, "desk-dispute", line.pk, reason="")
        assert "Sent." in press(client, "desk-dispute", line.pk, reason="客人没来")
        assert LineDispute.objects.get().raised_by == kim.member
        page = shown(client, f"/desk/settlements/{february.pk}")
        assert "客人没来" in page and page.count("This is wrong") == 1
        assert "a line is disputed once" in press(client, "desk-dispute", line.pk, reason="再说一次")
