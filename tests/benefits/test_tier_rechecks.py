"""A policy changes in the book: its policyholder's tier follows at once."""

from datetime import date
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from benefits.actions import recheck_tiers as rechecking
from benefits.actions.assess_shard import assess
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.actions.recheck_tiers import mark_customers, recheck_tiers
from benefits.actions.refresh_entitlements import refresh_entitlements
from benefits.models import TierAssessment, TierPeriod, TierRecheck
from benefits.tasks import recheck_tiers as task
from members.models import Customer, Policy
from tests.benefits.test_entitlement_races import beside
from tests.benefits.tiers import holder, pays
from tests.members.book import Book

RICH = {"premium": "90000"}
LATER = "2026-02-01T10:00:00+08:00"


def tier_of(customer_no: str) -> str | None:
    period = TierPeriod.objects.on(timezone.localdate()).filter(customer__customer_no=customer_no).first()
    return period and period.tier


@pytest.fixture
def book(tmp_path, terms):
    """Imports a policy, and has the task run that the import asks for."""
    book = Book(tmp_path)
    book.write_family()

    def deliver(policy: dict[str, str]) -> None:
        book.write("policies", policy)
        assert book.load() == 0

    return deliver


@pytest.mark.django_db
def test_imported_policy_counts_at_once(book):
    book(RICH)
    task()
    assert (tier_of("C1"), TierAssessment.objects.get().cause) == ("platinum", "policy_change")
    assert not TierRecheck.objects.exists()
    book({"premium": "200000", "updated_at": LATER})
    task()
    assert tier_of("C1") == "diamond"


@pytest.mark.django_db
def test_same_delivery_again_marks_nobody(book):
    book(RICH)
    task()
    book(RICH)
    assert not TierRecheck.objects.exists()


@pytest.mark.django_db
def test_who_gave_the_policy_away_is_assessed_as_well(book):
    book(RICH)
    task()
    book(RICH | {"policyholder_no": "C2", "updated_at": LATER})
    task()
    assert tier_of("C2") == "platinum"
    former = TierAssessment.objects.filter(customer__customer_no="C1").latest("pk")
    assert (former.outcome, former.vip_premium, former.policies) == ("kept", 0, [])


@pytest.mark.django_db
def test_marks_stay_until_there_are_rules():
    customer = holder(30_000)
    mark_customers(policy_ids=[Policy.objects.get().pk])
    task()
    assert TierRecheck.objects.get().customer == customer
    load_tier_terms()
    task()
    assert TierPeriod.objects.exists() and not TierRecheck.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", ["marked while assessing", "marked before"])
def test_change_that_commits_while_its_holder_is_assessed_is_not_lost(monkeypatch, order):
    """The import waits with its commit until the assessment has read the old premium."""
    load_tier_terms()
    holder(1)
    policy = Policy.objects.get()
    mark_customers(policy_ids=[policy.pk])
    marked, read = Event(), Event()

    def imports() -> None:
        with transaction.atomic():
            pays(policy, 30_000)
            mark_customers(policy_ids=[policy.pk])
            marked.set()
            assert read.wait(20)
        connection.close()

    importing = Thread(target=imports)
    really_assess = rechecking.assess

    def assess_and_tell(*args, **kwargs):
        if order == "marked while assessing" and not importing.ident:
            importing.start()
            assert marked.wait(20)
        found = really_assess(*args, **kwargs)
        read.set()
        importing.join(20)
        return found

    monkeypatch.setattr(rechecking, "assess", assess_and_tell)
    if order == "marked before":
        importing.start()
        assert marked.wait(20)
    recheck_tiers(on=date(2026, 12, 1))
    importing.join(20)
    recheck_tiers(on=date(2026, 12, 1))
    assert TierPeriod.objects.get(customer=Customer.objects.get()).tier == "gold"


@pytest.mark.django_db
def test_control_a_mark_that_is_taken_after_the_policies_were_read_loses_the_change(terms):
    customer = holder(1)
    assess([customer.pk], on=date(2026, 12, 1), terms=terms, cause=TierPeriod.Cause.POLICY_CHANGE)
    pays(policy := Policy.objects.get(), 30_000)
    mark_customers(policy_ids=[policy.pk])
    assert rechecking.take_marks() == [customer.pk]
    assert recheck_tiers(on=date(2026, 12, 1)) == 0
    assert not TierPeriod.objects.exists()


@pytest.fixture
def recheck_beside_a_refresh(monkeypatch):
    """Of two who are marked, the second's tier moves; once it has, somebody refreshes both."""
    load_tier_terms()
    both = [holder(1).pk, holder(30_000).pk]
    mark_customers(policy_ids=[policy.pk for policy in Policy.objects.all()])
    really_assess, refreshing = rechecking.assess, []

    def assess_and_meet(*args, **kwargs):
        found = really_assess(*args, **kwargs)
        refreshing.append(beside(lambda: refresh_entitlements(customer_ids=both, on=date(2026, 12, 1))))
        return found

    monkeypatch.setattr(rechecking, "assess", assess_and_meet)

    def both_at_once() -> int:
        done = recheck_tiers(on=date(2026, 12, 1))
        refreshing[0].result(30)
        return done

    return both_at_once


@pytest.mark.django_db(transaction=True)
def test_a_refresh_of_everybody_waits_and_neither_waits_for_ever(recheck_beside_a_refresh):
    assert recheck_beside_a_refresh() == 2


@pytest.mark.django_db(transaction=True)
def test_control_not_locked_at_once_they_would_wait_for_each_other(monkeypatch, recheck_beside_a_refresh):
    monkeypatch.setattr(rechecking, "lock_customers", lambda _ids: None)
    with pytest.raises(OperationalError, match="deadlock"):  # one of the two is thrown out
        recheck_beside_a_refresh()
