"""What providers are paid for a month: written once, disputed, corrected, closed, and then never changed."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from structlog.testing import capture_logs

from benefits import events
from benefits.actions.close_settlement import close_settlement
from benefits.actions.decide_dispute import accept_dispute, reject_dispute
from benefits.actions.dispute_line import dispute_line
from benefits.actions.end_case import cancel_case, finish_case
from benefits.actions.settle_month import (
    bookings_of,
    cases_of,
    months_to_settle,
    settle_all,
    settle_month,
    who_has_uses,
)
from benefits.actions.take_case import take_case
from benefits.models import Case, DeskWorker, Settlement, SettlementLine
from benefits.refusals.case import NothingWritten, TooLong
from benefits.refusals.settlement import (
    DisputedBefore,
    DisputeDecided,
    LinesDisputed,
    MonthNotOver,
    NotDisputable,
    NothingToCorrect,
    OwnDispute,
)
from benefits.tasks import settle_months
from members.roles import Role
from tests.benefits.desk_cast import a_visit, ask, case_provider, facts_of, manager, patient, worker_at
from tests.benefits.network import SHANGHAI, at, make_contract, make_offer, make_provider, make_site
from tests.factories import MemberFactory
from tests.members.accounts import staff

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2027, 3, 1), date(2027, 4, 1)
STATES = {"completed": True, "no_show": True, "cancelled_late": True, "cancelled": False, "booked": False}


@pytest.fixture(autouse=True)
def clock(db):
    """The third of April, before dawn."""
    with time_machine.travel(datetime(2027, 4, 3, 4, 40, tzinfo=SHANGHAI), tick=False) as traveller:
        yield traveller


@pytest.fixture
def dentist():
    return make_offer()


@pytest.fixture
def clinic(dentist):
    return dentist.site.provider


@pytest.fixture
def kim(clinic):
    return worker_at(clinic)


@pytest.fixture
def march(dentist, clinic):
    """Two visits at 180 yuan, settled."""
    for hour in (9, 10):
        a_visit(dentist, at(date(2027, 3, 8), hour), state="completed")
    return settle_month(provider=clinic, month=MARCH)


def line_of(settlement):
    return settlement.lines.order_by("pk").first()


def disputed(settlement, worker, reason="客人改约到下月"):
    return dispute_line(line_id=line_of(settlement).pk, worker=worker, reason=reason)


def accepted(dispute, amount="0", because="核实无误"):
    return accept_dispute(dispute_id=dispute.pk, by=manager(), amount=Decimal(amount), because=because)


def test_it_works(dentist, clinic):
    for hour, state in enumerate(STATES, 9):
        a_visit(dentist, at(date(2027, 3, 8), hour), state=state)
    settlement = settle_month(provider=clinic, month=MARCH)
    states = [line.booking.state for line in settlement.lines.all()]
    assert states == [state for state, counts in STATES.items() if counts]
    assert settlement.total == Decimal("540.00")


def test_cases_that_are_done_or_called_off_late(clock):
    doctors = case_provider(price="60.00")
    clock.move_to(datetime(2027, 3, 15, 10, tzinfo=SHANGHAI))
    worker, alice = worker_at(doctors), patient()
    done, late, free, open_still = (ask(alice) for _ in range(4))
    for case in (done, late, open_still):
        take_case(case_id=case.pk, worker=worker)
    finish_case(case_id=done.pk, worker=worker)
    for case in (late, free):
        cancel_case(case_id=case.pk, member=alice)
    clock.move_to(datetime(2027, 4, 3, tzinfo=SHANGHAI))
    settlement = settle_month(provider=doctors, month=MARCH)
    assert {line.case for line in settlement.lines.all()} == {done, late}
    assert settlement.total == Decimal("120.00")


def test_month_is_that_of_shanghai_and_of_the_end(dentist, clinic):
    edges = {
        "before": (at(date(2027, 2, 28), 9), at(date(2027, 2, 28), 23, 59)),
        "first": (at(date(2027, 2, 28), 10), at(date(2027, 3, 1), 0)),
        "last": (at(date(2027, 3, 31), 9), at(date(2027, 3, 31), 23, 59)),
        "after": (at(date(2027, 3, 31), 10), at(date(2027, 4, 1), 0)),
    }
    visits = {
        name: a_visit(dentist, starts_at, state="no_show", ended_at=ended_at)
        for name, (starts_at, ended_at) in edges.items()
    }
    settlement = settle_month(provider=clinic, month=MARCH)
    assert {line.booking for line in settlement.lines.all()} == {visits["first"], visits["last"]}


def test_price_is_that_of_the_booking(dentist, clinic):
    a_visit(dentist, at(date(2027, 3, 8), 9), state="completed", price="150.00")
    assert settle_month(provider=clinic, month=MARCH).total == Decimal("150.00")


def test_others_are_not_in_it(march, clinic):
    make_contract(other := make_provider())
    a_visit(make_offer(make_site(other)), at(date(2027, 3, 8), 9), state="completed")
    assert settle_month(provider=clinic, month=MARCH).lines.count() == 2
    assert settle_month(provider=other, month=MARCH).lines.count() == 1


def test_twice_is_once_and_what_came_late_is_added(march, dentist, clinic):
    assert settle_month(provider=clinic, month=MARCH).total == march.total == Decimal("360.00")
    a_visit(dentist, at(date(2027, 3, 9), 9), state="completed")
    assert settle_month(provider=clinic, month=MARCH).total == Decimal("540.00")


def test_month_that_is_not_over_is_refused(clinic):
    with pytest.raises(MonthNotOver):
        settle_month(provider=clinic, month=APRIL)
    with pytest.raises(ValueError):
        settle_month(provider=clinic, month=date(2027, 3, 2))


def test_task_settles_everybody_and_goes_on_where_it_was_killed(dentist, clinic, monkeypatch):
    make_contract(other := make_provider())
    for each in (dentist, make_offer(make_site(other))):
        a_visit(each, at(date(2027, 3, 8), 9), state="completed")
    heard = []
    listener = facts_of(events.month_settled, heard)
    with monkeypatch.context() as patch:
        kill_after_one(patch)
        with pytest.raises(KeyboardInterrupt):
            settle_all(month=MARCH)
    assert SettlementLine.objects.count() == 1
    for _ in range(2):
        settle_months()
    assert [settlement.total for settlement in Settlement.objects.all()] == [Decimal("180.00")] * 2
    assert [fact.lines for fact in heard] == [1, 1]
    del listener


def test_one_providers_fault_is_nobody_elses(dentist, clinic):
    make_contract(other := make_provider())
    for each in (dentist, make_offer(make_site(other))):
        a_visit(each, at(date(2027, 3, 8), 9), state="completed")

    def choke(fact, **_):
        if fact.provider_id == clinic.pk:
            raise KeyError

    events.month_settled.connect(choke)
    try:
        with capture_logs() as logs:
            assert settle_all(month=MARCH) == 1
    finally:
        events.month_settled.disconnect(choke)
    assert [(each["event"], each["id"]) for each in logs] == [("month_not_settled", clinic.pk)]
    assert Settlement.objects.get().provider == other
    settle_months()
    assert Settlement.objects.count() == 2


def test_months_that_were_missed_are_made_up_for(dentist):
    doctors = case_provider()
    done = ask(alice := patient())
    take_case(case_id=done.pk, worker=worker_at(doctors))
    cancel_case(case_id=done.pk, member=alice)
    Case.objects.update(ended_at=at(date(2027, 1, 31), 23, 59))
    a_visit(dentist, at(date(2027, 2, 8), 9), state="no_show")
    a_visit(dentist, at(date(2027, 4, 1), 9), state="completed")
    settle_months()
    assert [each.month for each in Settlement.objects.order_by("month")] == [date(2027, 1, 1), date(2027, 2, 1)]
    assert months_to_settle() == []


def test_a_month_is_found_by_what_was_used_in_it(clinic):
    """Not by reading all that was ever booked."""
    settlement = Settlement(provider=clinic, month=MARCH)
    for uses, index in ((bookings_of(settlement), "booking_spent"), (cases_of(settlement), "case_spent")):
        assert f"benefits_{index}" in plan_of(uses)
    whose = plan_of(who_has_uses(MARCH))
    assert "benefits_booking_spent" in whose and "benefits_case_spent" in whose


def plan_of(found):
    with transaction.atomic(), connection.cursor() as cursor:
        # Of a few rows all would be read.
        cursor.execute("SET LOCAL enable_seqscan = off")
        return found.explain()


def test_command_settles_the_month_that_is_named(dentist, clinic, capsys):
    a_visit(dentist, at(date(2027, 3, 8), 9), state="completed")
    for _ in range(2):
        call_command("settle_month", month=MARCH)
        assert capsys.readouterr().out == "settled month=2027-03 providers=1\n"
    assert SettlementLine.objects.count() == 1
    with pytest.raises(CommandError, match="2027"):
        call_command("settle_month", "--month", "2027-12")


def kill_after_one(monkeypatch):
    from benefits.actions import settle_month as module

    whole, calls = module.settle_month, []

    def once(**kwargs):
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        return whole(**kwargs)

    monkeypatch.setattr(module, "settle_month", once)


class TestClosing:
    def test_manager_closes_and_nothing_is_added_any_more(self, march, dentist, clinic):
        closed = close_settlement(settlement_id=march.pk, by=manager())
        assert (closed.closed_by, closed.total) == (manager(), Decimal("360.00"))
        a_visit(dentist, at(date(2027, 3, 9), 9), state="completed")
        assert settle_month(provider=clinic, month=MARCH).total == Decimal("360.00")
        assert close_settlement(settlement_id=march.pk, by=manager()).closed_at == closed.closed_at

    def test_closing_writes_what_has_no_line_yet(self, march, dentist):
        a_visit(dentist, at(date(2027, 3, 9), 9), state="completed")
        assert close_settlement(settlement_id=march.pk, by=manager()).total == Decimal("540.00")

    @pytest.mark.parametrize("role", [Role.ANALYST, Role.SERVICE_AGENT, Role.APPROVER])
    def test_nobody_else_closes(self, march, role):
        with pytest.raises(PermissionDenied):
            close_settlement(settlement_id=march.pk, by=staff(role))

    def test_month_has_to_be_over(self, clinic):
        begun = Settlement.objects.create(provider=clinic, month=APRIL)
        with pytest.raises(MonthNotOver):
            close_settlement(settlement_id=begun.pk, by=manager())

    def test_open_dispute_stops_it(self, march, kim):
        dispute = disputed(march, kim)
        with pytest.raises(LinesDisputed) as refused:
            close_settlement(settlement_id=march.pk, by=manager())
        assert refused.value.count == 1
        reject_dispute(dispute_id=dispute.pk, by=manager(), because="记录清楚")
        assert close_settlement(settlement_id=march.pk, by=manager()).closed_at


class TestDisputes:
    def test_accepted_in_an_open_month_is_corrected_in_it(self, march, kim):
        decided = accepted(disputed(march, kim), "120.00")
        march.refresh_from_db()
        assert decided.correction.settlement == march
        assert (decided.correction.amount, march.total) == (Decimal("-60.00"), Decimal("300.00"))

    def test_accepted_after_closing_goes_into_the_next_open_month(self, march, kim):
        close_settlement(settlement_id=march.pk, by=manager())
        decided = accepted(disputed(march, kim), "200.00")
        march.refresh_from_db()
        assert march.total == Decimal("360.00")
        next_one = Settlement.objects.get(pk=decided.correction.settlement_id)
        assert (next_one.month, next_one.total) == (APRIL, Decimal("20.00"))

    def test_correction_stays_beside_what_the_month_brings(self, march, kim, dentist, clinic, clock):
        close_settlement(settlement_id=march.pk, by=manager())
        accepted(disputed(march, kim), "0")
        a_visit(dentist, at(date(2027, 4, 8), 9), state="completed")
        clock.move_to(datetime(2027, 5, 3, tzinfo=SHANGHAI))
        april = settle_month(provider=clinic, month=APRIL)
        assert (april.lines.count(), april.total) == (2, Decimal("0.00"))

    def test_once_a_line(self, march, kim):
        dispute = disputed(march, kim)
        assert disputed(march, kim) == dispute
        with pytest.raises(DisputedBefore):
            disputed(march, kim, "另有原因")
        reject_dispute(dispute_id=dispute.pk, by=manager(), because="记录清楚")
        with pytest.raises(DisputedBefore):
            disputed(march, kim, "还是不对")

    def test_decided_once(self, march, kim):
        dispute = disputed(march, kim)
        accepted(dispute)
        with pytest.raises(DisputeDecided):
            reject_dispute(dispute_id=dispute.pk, by=manager(), because="改主意")
        assert SettlementLine.objects.filter(kind="correction").count() == 1

    def test_by_a_second_person(self, march, kim):
        dispute = disputed(march, kim)
        with pytest.raises(PermissionDenied):
            reject_dispute(dispute_id=dispute.pk, by=kim.member, because="同意自己")
        turncoat = MemberFactory()
        turncoat.groups.set(manager().groups.all())
        DeskWorker.objects.create(member=turncoat, provider=kim.provider, added_by=manager())
        with pytest.raises(OwnDispute):
            reject_dispute(dispute_id=dispute.pk, by=turncoat, because="同意自己")
        with pytest.raises(PermissionDenied):
            reject_dispute(dispute_id=dispute.pk, by=staff(Role.ANALYST), because="看看")

    def test_another_provider_has_no_such_line(self, march):
        stranger = worker_at(make_provider())
        with pytest.raises(SettlementLine.DoesNotExist):
            disputed(march, stranger)

    @pytest.mark.parametrize(("reason", "refusal"), [(" ", NothingWritten), ("很" * 501, TooLong)])
    def test_reason_is_asked_for(self, march, kim, reason, refusal):
        with pytest.raises(refusal):
            disputed(march, kim, reason)

    def test_amount_has_to_differ_and_to_be_one(self, march, kim):
        dispute = disputed(march, kim)
        with pytest.raises(NothingToCorrect):
            accepted(dispute, "180.00")
        with pytest.raises(ValueError):
            accepted(dispute, "-1")

    def test_correction_is_not_disputed(self, march, kim):
        correction = accepted(disputed(march, kim)).correction
        with pytest.raises(NotDisputable):
            dispute_line(line_id=correction.pk, worker=kim, reason="不对")

    def test_every_step_tells(self, march, kim):
        heard = []
        signals = (events.line_disputed, events.dispute_settled, events.settlement_closed)
        listeners = [facts_of(signal, heard) for signal in signals]
        dispute = disputed(march, kim)
        correction = accepted(dispute).correction
        close_settlement(settlement_id=march.pk, by=manager())
        assert heard == [
            events.LineDisputed(dispute.pk, kim.provider_id),
            events.DisputeSettled(dispute.pk, kim.provider_id, correction.pk),
            events.SettlementClosed(march.pk, kim.provider_id),
        ]
        del listeners


class TestAtPsql:
    """What the database refuses, whoever writes."""

    def refuses(self, sql, *values, match):
        with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)

    def insert(self, settlement, amount="5.00", corrects=None, kind="correction"):
        return (
            "INSERT INTO benefits_settlementline (settlement_id, kind, corrects_id, amount) VALUES (%s, %s, %s, %s)",
            *(settlement.pk, kind, corrects, amount),
        )

    def test_closed_month_takes_no_line(self, march):
        close_settlement(settlement_id=march.pk, by=manager())
        self.refuses(*self.insert(march, corrects=line_of(march).pk), match="the month is closed")

    @pytest.mark.parametrize(
        "change", ["total = 1", "closed_at = NULL, closed_by_id = NULL", "month = '2027-05-01'", "closed_at = now()"]
    )
    def test_closed_month_never_changes(self, march, change):
        close_settlement(settlement_id=march.pk, by=manager())
        self.refuses(f"UPDATE benefits_settlement SET {change}", match="Cannot update")
        self.refuses("DELETE FROM benefits_settlement", match="Cannot delete")

    @pytest.mark.parametrize("change", ["amount = 0", "settlement_id = settlement_id", "booking_id = NULL"])
    def test_line_never_changes(self, march, change):
        self.refuses(f"UPDATE benefits_settlementline SET {change}", match="Cannot update or delete")
        self.refuses("DELETE FROM benefits_settlementline", match="Cannot update or delete")

    def test_total_is_the_sum_of_the_lines_whoever_writes(self, march):
        self.refuses("UPDATE benefits_settlement SET total = 999", match="a total is the sum of its lines")
        self.refuses(
            "INSERT INTO benefits_settlement (provider_id, month, total) VALUES (%s, '2027-05-01', 3)",
            march.provider_id,
            match="a total is the sum of its lines",
        )
        with connection.cursor() as cursor:
            sql, *values = self.insert(march, corrects=line_of(march).pk)
            cursor.execute(sql, values)
        march.refresh_from_db()
        assert march.total == Decimal("365.00") == march.lines.aggregate(sum=Sum("amount"))["sum"]

    def test_month_with_an_open_dispute_is_not_closed(self, march, kim):
        disputed(march, kim)
        self.refuses(
            "UPDATE benefits_settlement SET closed_at = now(), closed_by_id = %s",
            manager().pk,
            match="a line of the month is disputed",
        )

    def test_correction_stays_with_its_provider(self, march):
        other = Settlement.objects.create(provider=make_provider(), month=APRIL)
        self.refuses(*self.insert(other, corrects=line_of(march).pk), match="of the same provider")

    def test_line_is_corrected_once_and_to_no_less_than_nothing(self, march):
        wrong = line_of(march)
        self.refuses(*self.insert(march, "-180.01", corrects=wrong.pk), match="no less than nothing")
        sql, *values = self.insert(march, "-180.00", corrects=wrong.pk)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
        self.refuses(*self.insert(march, "1.00", corrects=wrong.pk), match="benefits_line_corrected_once")

    def use(self, settlement, *, booking_id=None, case_id=None, amount="180.00"):
        return (
            "INSERT INTO benefits_settlementline (settlement_id, kind, booking_id, case_id, amount)"
            " VALUES (%s, 'use', %s, %s, %s)",
            *(settlement.pk, booking_id, case_id, amount),
        )

    def test_use_is_settled_once(self, march, clinic):
        april = Settlement.objects.create(provider=clinic, month=APRIL)
        again = self.use(april, booking_id=line_of(march).booking_id)
        self.refuses(*again, match="benefits_booking_settled_once")

    def test_use_is_of_the_provider_who_is_paid_and_at_its_price(self, march, dentist):
        visit = a_visit(dentist, at(date(2027, 3, 9), 9), state="completed")
        other = Settlement.objects.create(provider=make_provider(), month=MARCH)
        self.refuses(*self.use(other, booking_id=visit.pk), match="what was used of its provider")
        self.refuses(*self.use(march, booking_id=visit.pk, amount="180.01"), match="at its price")

    @pytest.mark.parametrize("state", [state for state, counts in STATES.items() if not counts])
    def test_nothing_is_paid_for_what_was_not_used(self, march, dentist, state):
        visit = a_visit(dentist, at(date(2027, 3, 9), 9), state=state)
        self.refuses(*self.use(march, booking_id=visit.pk), match="what was used of its provider")

    def test_case_is_paid_for_once_it_is_done(self, clock):
        doctors = case_provider(price="60.00")
        clock.move_to(datetime(2027, 3, 15, 10, tzinfo=SHANGHAI))
        case, worker = ask(patient()), worker_at(doctors)
        clock.move_to(datetime(2027, 4, 3, tzinfo=SHANGHAI))
        month = settle_month(provider=doctors, month=MARCH)
        paid = self.use(month, case_id=case.pk, amount="60.00")
        self.refuses(*paid, match="what was used of its provider")
        take_case(case_id=case.pk, worker=worker)
        finish_case(case_id=case.pk, worker=worker)
        self.refuses(*self.use(month, case_id=case.pk, amount="61.00"), match="at its price")
        with connection.cursor() as cursor:
            cursor.execute(paid[0], paid[1:])

    def test_dispute_keeps_its_words_and_its_decision(self, march, kim):
        dispute = disputed(march, kim)
        self.refuses("UPDATE benefits_linedispute SET reason = 'x'", match="Cannot update")
        reject_dispute(dispute_id=dispute.pk, by=manager(), because="记录清楚")
        self.refuses("UPDATE benefits_linedispute SET state = 'open', decided_at = NULL", match="Cannot update")

    def test_whoever_raised_it_does_not_decide(self, march, kim):
        disputed(march, kim)
        self.refuses(
            "UPDATE benefits_linedispute SET state = 'rejected', decided_at = now(), decided_by_id = raised_by_id",
            match="benefits_dispute_second_person",
        )

    def test_staff_never_work_at_a_desk(self, clinic):
        self.refuses(
            "INSERT INTO benefits_deskworker (member_id, provider_id, added_by_id) VALUES (%s, %s, %s)",
            *(manager().pk, clinic.pk, manager().pk),
            match="never work at a desk",
        )
