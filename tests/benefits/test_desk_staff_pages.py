"""What the insurer's staff see of cases, settlements and desks, and what they do about them."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from benefits.actions.end_case import finish_case
from benefits.actions.rate_case import rate_case
from benefits.actions.staff_desk import add_desk_worker, remove_desk_worker
from benefits.actions.take_case import take_case
from benefits.models import Case, DeskWorker, LineDispute, Settlement
from benefits.refusals.desk import NoSuchAccount, StaffAtDesk, WorksElsewhere
from benefits.staff.settlements import SettlementIndex
from members.roles import Role
from tests.benefits.desk_cast import a_desk, customer_member, manager
from tests.benefits.network import make_provider
from tests.factories import MemberFactory
from tests.members.accounts import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture
def desk(private):
    return a_desk()


@pytest.fixture
def ben(client, desk):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(manager())
    return manager()


def text(answer):
    return " ".join(answer.content.decode().split())


def press(client, name, pk, **data):
    return text(client.post(reverse(name, args=[pk]), data, follow=True))


def make_late(case_id):
    Case.objects.filter(pk=case_id).update(due_at=timezone.now() - timedelta(hours=1))


class TestCases:
    def test_late_ones_stand_first_and_on_the_first_page(self, client, ben, desk):
        make_late(desk.case_id)
        answer = client.get(reverse("benefit_cases:index"))
        assert answer.context["object_list"][0].pk == desk.case_id
        assert "late" in text(answer)
        assert "Cases that are late" in text(client.get(reverse("wagtailadmin_home")))
        only = client.get(reverse("benefit_cases:index"), {"late": "on"})
        assert [case.pk for case in only.context["object_list"]] == [desk.case_id]

    def test_what_is_to_come_is_not_said_to_be_now(self, client, ben, desk):
        Case.objects.filter(pk=desk.case_id).update(due_at=datetime(2031, 5, 6, 3, tzinfo=UTC))
        assert "2031-05-06 11:00" in text(client.get(reverse("benefit_cases:index")))

    def test_whose_turn_it_is_is_said_to_staff(self, client, ben, desk):
        Case.objects.filter(pk=desk.case_id).update(
            state="members_turn",
            paused_at=timezone.now(),
            taken_at=timezone.now(),
            owner=DeskWorker.objects.get().member,
        )
        page = text(client.get(reverse("benefit_cases:inspect", args=[desk.case_id])))
        assert "waiting for the member" in page and "your answer" not in page

    def test_states_and_clocks_but_not_what_is_said(self, client, ben, desk):
        page = text(client.get(reverse("benefit_cases:inspect", args=[desk.case_id])))
        assert ("Hospital guidance" in page and "申悦健康管理" in page) or "Shenyue Health" in page
        assert "华山医院" not in page
        assert "it is about somebody's health" in page
        assert client.get(reverse("benefit_cases:read", args=[desk.case_id])).status_code == 302

    def test_who_is_permitted_reads_and_it_is_on_record(self, client, ben, desk):
        ben.user_permissions.add(Permission.objects.get(codename="read_case"))
        answer = client.get(reverse("benefit_cases:read", args=[desk.case_id]))
        assert "华山医院" in text(answer)
        assert "no-store" in answer["Cache-Control"]
        assert ModelLogEntry.objects.get(action="benefits.read_case").user == ben

    def test_what_a_member_said_afterwards_is_read_like_the_rest(self, client, ben, desk):
        worker = DeskWorker.objects.get()
        take_case(case_id=desk.case_id, worker=worker)
        finish_case(case_id=desk.case_id, worker=worker)
        case = Case.objects.get(pk=desk.case_id)
        rate_case(case_id=case.pk, member=case.member, rating=4, words="糖尿病讲得很细")
        page = text(client.get(reverse("benefit_cases:inspect", args=[case.pk])))
        assert "4 / 5" in page and "糖尿病" not in page
        ben.user_permissions.add(Permission.objects.get(codename="read_case"))
        assert "糖尿病讲得很细" not in text(client.get(reverse("benefit_cases:inspect", args=[case.pk])))
        assert "糖尿病讲得很细" in text(client.get(reverse("benefit_cases:read", args=[case.pk])))

    def test_found_by_number_without_a_trace_of_a_name(self, client, ben, desk):
        answer = client.post(reverse("benefit_cases:index"), {"wanted": str(desk.case_id)}, follow=True)
        assert [case.pk for case in answer.context["object_list"]] == [desk.case_id]


class TestSettlements:
    def test_listed_and_shown_without_names(self, client, ben, desk):
        assert "540.00" in text(client.get(reverse("settlements:index")))
        page = text(client.get(reverse("settlements:inspect", args=[desk.settlement_id])))
        assert page.count("180.00") == 3
        assert "王小明" not in page

    def test_a_page_counts_what_is_in_its_own_rows(self, desk):
        settled = Settlement.objects.get()
        for month in (1, 2):
            Settlement.objects.create(provider=settled.provider, month=date(2020, month, 1))
        newest = SettlementIndex().get_base_queryset().order_by("-month")
        assert [(each.lines_count, each.open_disputes) for each in newest] == [(3, 1), (0, 0), (0, 0)]
        plan = newest.all()[:1].explain(analyze=True)
        assert plan.count("SubPlan") == 2 and "loops=3" not in plan, plan

    def test_table_adds_up(self, client, ben, desk):
        answer = client.get(reverse("settlements:table", args=[desk.settlement_id]))
        rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()[1:])))
        assert sum(float(row["amount"]) for row in rows[:-1]) == float(rows[-1]["amount"]) == 540
        assert [row["dispute"] for row in rows] == ["", "open", "", ""]

    def test_not_closed_while_disputed(self, client, ben, desk):
        assert "A line is disputed." in press(client, "settlements:close", desk.settlement_id)
        assert not Settlement.objects.get().closed_at

    def test_dispute_is_decided_and_then_it_is_closed(self, client, ben, desk):
        home = text(client.get(reverse("wagtailadmin_home")))
        assert "Disputed lines" in home and "Settlements to close" in home
        decide = {"outcome": "accepted", "because": "录音为证"}
        assert "Say what would have been right." in press(client, "line_disputes:decide", desk.dispute_id, **decide)
        page = press(client, "line_disputes:decide", desk.dispute_id, **decide, amount="0")
        assert "Accepted" in page and "-180.00" in page
        assert "Closed. Nothing of this month changes any more." in press(
            client, "settlements:close", desk.settlement_id
        )
        assert Settlement.objects.get().total == 360
        assert ModelLogEntry.objects.filter(action="benefits.close_settlement", user=ben).exists()

    def test_rejected_stays_and_is_told_why(self, client, ben, desk):
        page = press(client, "line_disputes:decide", desk.dispute_id, outcome="rejected", because="记录清楚")
        assert "Rejected" in page and "记录清楚" in page
        assert "decided already" in press(
            client, "line_disputes:decide", desk.dispute_id, outcome="rejected", because="记录清楚"
        )
        assert LineDispute.objects.get().state == "rejected"


class TestWorkers:
    def test_added_by_the_number_of_their_account(self, client, ben, desk):
        account, provider = MemberFactory(mobile="+8613811113333", name="新前台"), make_provider()
        added = {"provider": provider.pk, "mobile": "138 1111 3333"}
        page = text(client.post(reverse("desk_workers:add"), added, follow=True))
        assert "新前台" in page and "138****3333" in page
        assert DeskWorker.objects.get(member=account).added_by == ben

    def test_refusals_stand_at_the_number(self, client, ben, desk):
        colleague = staff(Role.SERVICE_AGENT, "同事")
        for mobile, words in (("13899990000", "No account has this"), (colleague.mobile, "our own staff")):
            page = text(client.post(reverse("desk_workers:add"), {"provider": make_provider().pk, "mobile": mobile}))
            assert words in page

    def test_taken_away_and_out(self, client, ben, desk):
        worker = DeskWorker.objects.get()
        assert "Taken away" in press(client, "desk_workers:delete", worker.pk)
        client.force_login(worker.member)
        assert client.get("/desk").status_code == 404

    def test_action_says_what_is_wrong(self, desk):
        worker, by = DeskWorker.objects.get(), manager()
        again = add_desk_worker(mobile=worker.member.mobile, provider=worker.provider, by=by)
        assert again == worker
        with pytest.raises(WorksElsewhere):
            add_desk_worker(mobile=worker.member.mobile, provider=make_provider(), by=by)
        with pytest.raises(StaffAtDesk):
            add_desk_worker(mobile=by.mobile, provider=worker.provider, by=by)
        with pytest.raises(NoSuchAccount):
            add_desk_worker(mobile="12345", provider=worker.provider, by=by)
        nobody = customer_member()
        with pytest.raises(PermissionDenied):
            add_desk_worker(mobile=nobody.mobile, provider=worker.provider, by=nobody)
        with pytest.raises(PermissionDenied):
            remove_desk_worker(worker_id=worker.pk, by=nobody)
        for _ in range(2):
            remove_desk_worker(worker_id=worker.pk, by=by)
