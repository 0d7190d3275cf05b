"""Two accounts are linked with one customer at the same moment: on the web, and by staff at a counter."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from members.actions.verify_identity import PersonHasAccount, link
from members.models import LevelGrant
from tests.factories import CustomerFactory, MemberFactory
from tests.locks import waiting_for_locks

pytestmark = pytest.mark.django_db(transaction=True)


def linked_while_another_is():
    """The account that is linked first, and what the second attempt ends with."""
    customer, first, second = CustomerFactory(), MemberFactory(), MemberFactory()
    linked, wait_until = Event(), monotonic() + 10

    def as_this_customer(member):
        return link(member, customer, entrance="web", method=LevelGrant.Method.IDENTITY_MATCH, evidence="customer:1")

    def too_late():
        try:
            assert linked.wait(10)
            return as_this_customer(second)
        except (PersonHasAccount, IntegrityError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(too_late)
        with transaction.atomic():
            as_this_customer(first)
            linked.set()
            while not waiting_for_locks() and monotonic() < wait_until:
                sleep(0.01)
        return first, done.result()


def test_the_second_is_told_of_the_first():
    first, refusal = linked_while_another_is()
    assert isinstance(refusal, PersonHasAccount)
    assert refusal.member_id == first.pk


def test_control_without_the_lock_the_second_ends_in_an_error(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    _, refusal = linked_while_another_is()
    assert isinstance(refusal, IntegrityError)
