"""Many at once: one quota, one case; one month, settled by several. Each with its control."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from benefits.actions import open_case as opening
from benefits.actions import settle_month as settling
from benefits.actions import take_case as taking
from benefits.actions.settle_month import settle_month
from benefits.actions.take_case import take_case
from benefits.case_access import locked_case
from benefits.models import Case, Entitlement, Settlement, SettlementLine
from benefits.refusals import QuotaUsedUp, RequestConflict
from benefits.refusals.case import TakenMeanwhile
from benefits.settlement_month import last_month
from tests.benefits.desk_cast import a_visit, ask, case_provider, case_service, entitle, patient, worker_at
from tests.benefits.network import at, make_contract, make_offer, make_provider, make_site
from tests.benefits.test_entitlement_races import beside

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 12


def at_once(number, act):
    """What each is answered with, or what refused it. Every one has a connection of its own."""
    gate = Barrier(number)

    def one(n):
        try:
            gate.wait(60)
            return act(n)
        except Exception as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def meeting(look, among):
    """`look`, after which everybody waits for the others to have looked, too."""
    gate = Barrier(among)

    def looked(*args, **kwargs):
        found = look(*args, **kwargs)
        with contextlib.suppress(BrokenBarrierError):
            gate.wait(5)
        return found

    return looked


def kinds(answers):
    return {kind: sum(isinstance(answer, kind) for answer in answers) for kind in {type(each) for each in answers}}


def test_last_of_the_quota_opens_one_case():
    case_provider()
    alice = patient(quota=1)
    answers = at_once(MANY, lambda n: ask(alice, key=f"k{n}"))
    assert kinds(answers) == {Case: 1, QuotaUsedUp: MANY - 1}
    assert Entitlement.objects.get().held == 1


def test_same_request_at_once_is_one_case():
    case_provider()
    alice = patient(quota=None)
    answers = at_once(MANY, lambda n: ask(alice, key="once"))
    assert len(set(answers)) == 1 == Case.objects.count()


def test_same_key_at_once_for_two_services_is_one_case(monkeypatch):
    """Of another service other entitlements are locked, so neither waits for the other before it is written."""
    services = ("tele_doctor", "hospital_guidance")
    alice = patient(quota=None)
    entitle(alice, case_service(services[1]), quota=None)
    for code in services:
        case_provider(code)
    monkeypatch.setattr(opening, "price_for_case", meeting(opening.price_for_case, 2))
    answers = at_once(2, lambda n: ask(alice, services[n], key="once"))
    assert kinds(answers) == {Case: 1, RequestConflict: 1}


def test_one_call_at_a_time_holds_for_who_press_at_once():
    case_provider()
    alice = patient(quota=None, open_at_once=1)
    at_once(MANY, lambda n: ask(alice, key=f"k{n}"))
    assert Case.objects.count() == 1


def test_control_without_the_lock_there_are_several(monkeypatch):
    """Of an unlimited quota the database counts nothing: only the lock keeps to one call at a time."""

    def unlocked(customer_id, service, at):
        return list(Entitlement.objects.filter(customer=customer_id, service=service).select_related("allowance"))

    case_provider()
    alice = patient(quota=None, open_at_once=1)
    monkeypatch.setattr(opening, "locked_entitlements", unlocked)
    monkeypatch.setattr(opening, "first_usable", meeting(opening.first_usable, 2))
    at_once(2, lambda n: ask(alice, key=f"k{n}"))
    assert Case.objects.count() == 2


def test_a_case_is_locked_after_all_that_its_customer_has_of_the_service():
    case_provider()
    alice = patient(quota=None)
    case, another = ask(alice), entitle(alice, case_service())

    def lock() -> Case:
        with transaction.atomic():
            return locked_case(case.pk)

    with transaction.atomic():
        Entitlement.objects.select_for_update().get(pk=another.pk)
        locking = beside(lock)
        assert not locking.done()
    assert locking.result(30) == case


def test_two_workers_take_a_case_and_one_has_it():
    provider = case_provider()
    workers = [worker_at(provider, name) for name in ("小李", "小周")]
    case = ask(patient())
    answers = at_once(2, lambda n: take_case(case_id=case.pk, worker=workers[n]))
    assert kinds(answers) == {Case: 1, TakenMeanwhile: 1}
    (won,) = (n for n, answer in enumerate(answers) if isinstance(answer, Case))
    case.refresh_from_db()
    assert case.owner == workers[won].member


def test_control_without_the_lock_both_take_it(monkeypatch):
    provider = case_provider()
    workers = [worker_at(provider, name) for name in ("小李", "小周")]
    case = ask(patient())
    monkeypatch.setattr(taking, "locked_case", meeting(lambda pk: Case.objects.get(pk=pk), 2))
    assert kinds(at_once(2, lambda n: take_case(case_id=case.pk, worker=workers[n]))) == {Case: 2}


class TestSettling:
    @pytest.fixture
    def clinic(self):
        """With 20 visits last month."""
        today = timezone.localdate()
        provider = make_provider()
        make_contract(provider, starts_on=today - timedelta(days=400), ends_on=today + timedelta(days=400))
        dentist = make_offer(make_site(provider))
        for day in range(1, 21):
            a_visit(dentist, at(last_month() + timedelta(days=day), 9), state="completed")
        return provider

    def test_several_at_once_write_each_line_once(self, clinic):
        answers = at_once(6, lambda n: settle_month(provider=clinic, month=last_month()))
        assert kinds(answers) == {Settlement: 6}
        assert SettlementLine.objects.count() == 20
        assert Settlement.objects.get().total == Decimal("3600.00")

    def test_control_without_the_lock_they_collide(self, clinic, monkeypatch):
        Settlement.objects.create(provider=clinic, month=last_month())

        def unlocked(provider, month):
            return Settlement.objects.get(provider=provider, month=month)

        monkeypatch.setattr(settling, "locked_settlement", meeting(unlocked, 2))
        monkeypatch.setattr(settling, "cases_of", meeting(lambda settlement: [], 2))
        answers = at_once(2, lambda n: settle_month(provider=clinic, month=last_month()))
        assert any(isinstance(answer, DatabaseError) for answer in answers)
