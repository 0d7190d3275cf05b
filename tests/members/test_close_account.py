"""Leaving, coming back in time, and what remains of an account that closed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from members import closing
from members.actions.close_account import close_due_accounts, closure_request, reopen_account, request_closure
from members.actions.give_consent import give_consent
from members.actions.run_data_request import run_data_request
from members.assurance import CoolingDown, FactorNeeded, MemberInactive, require_assurance
from members.closing import ClosureRefused, Consequence, consequences, register_closure_obstacles
from members.entrances import Entrance
from members.models import AccountClosure, AccountEvent, Consent, Customer, DataRequest, Level, Member, Policy
from members.queries import level_of
from members.tasks import close_due_accounts as daily
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory, WeChatBindingFactory
from tests.members.accounts import AT_WEB, proved, verified

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    member = verified(MemberFactory(customer=CustomerFactory(reachable=True), email="alice@example.com"))
    PolicyFactory(policyholder=member.customer)
    WeChatBindingFactory(member=member)
    give_consent(member=member, kind=Consent.Kind.MARKETING_SMS, version=1, language="zh-hans", entrance=Entrance.WEB)
    return member


@pytest.fixture
def in_16_days():
    with time_machine.travel(timezone.now() + timedelta(days=16)):
        yield


def leave(member):
    proved(member, request=closure_request(member))
    return request_closure(member=member, context=AT_WEB)


def close_all():
    """How many closed; what is to be erased is erased at once."""
    closed = close_due_accounts()
    for request in DataRequest.objects.unfinished():
        run_data_request(request_id=request.pk)
    return closed


def test_it_works(alice):
    number = alice.mobile
    closure = leave(alice)
    assert closure.due_at - closure.requested_at == timedelta(days=15)
    assert close_all() == 0
    with time_machine.travel(closure.due_at):
        assert close_all() == 1
        alice.refresh_from_db()
        assert (alice.is_active, alice.mobile, alice.name, alice.email, alice.customer) == (False, "", "", "", None)
        assert not alice.wechat_bindings.exists() and not alice.proofs.exists()
        assert level_of(alice) == Level.REGISTERED
        assert Consent.objects.get().ending == "closed"
        with pytest.raises(MemberInactive):
            require_assurance(alice, "profile.view", AT_WEB)
        assert close_all() == 0
        daily()
    assert AccountEvent.objects.filter(member=alice, kind="closed").count() == 1
    assert MemberFactory(mobile=number).customer is None  # a new beginning
    assert (Customer.objects.count(), Policy.objects.count()) == (1, 1)  # the contract goes on


def test_what_is_kept_is_listed_with_reason(alice, in_16_days):
    with time_machine.travel(timezone.now() - timedelta(days=16)):
        leave(alice)
    close_all()
    erasure = DataRequest.objects.get(kind="erasure")
    assert (erasure.state, erasure.percent) == ("done", 100)
    assert len(erasure.kept) >= 3
    assert all(one["what"] and one["why"] for one in erasure.kept)
    assert any("第八十七条" in one["why"] or "art. 87" in one["why"] for one in erasure.kept)


def test_signing_in_keeps_the_account(client, alice):
    closure = leave(alice)
    client.force_login(alice)
    closure.refresh_from_db()
    assert closure.reopened_at and not closure.closed_at
    with time_machine.travel(closure.due_at + timedelta(days=1)):
        assert close_all() == 0
    assert {event.kind for event in AccountEvent.objects.all()} >= {"closure_requested", "reopened", "signed_in"}
    assert reopen_account(member=alice, entrance=Entrance.WEB) is False
    leave(alice)  # and may leave again
    assert AccountClosure.objects.count() == 2


def test_second_wish_to_leave_is_the_first(alice):
    assert leave(alice) == leave(alice)
    assert AccountClosure.objects.count() == 1


def test_only_with_a_proof_for_this(alice):
    proved(alice)
    with pytest.raises(FactorNeeded):
        request_closure(member=alice, context=AT_WEB)


def test_not_while_the_account_cools_down(alice):
    Member.objects.update(cooling_until=timezone.now() + timedelta(hours=1))
    with pytest.raises(CoolingDown):
        leave(alice)


def test_staff_accounts_are_ended_by_others():
    with pytest.raises(ClosureRefused) as refusal:
        leave(MemberFactory(is_staff=True))
    assert len(refusal.value.obstacles) == 1


def test_packages_above_may_object_and_explain(alice, monkeypatch):
    monkeypatch.setattr(closing, "_looks", dict(closing._looks))
    open_bookings = [Consequence("一个体检预约还没有完成。", blocks=True)]
    register_closure_obstacles("bookings", lambda member: open_bookings)
    assert consequences(alice)[0].blocks
    with pytest.raises(ClosureRefused) as refusal:
        leave(alice)
    assert refusal.value.obstacles == open_bookings
    objected, open_bookings[:] = list(open_bookings), []
    closure = leave(alice)
    open_bookings[:] = objected  # one made meanwhile
    with time_machine.travel(closure.due_at):
        assert close_all() == 0
        assert Member.objects.get(pk=alice.pk).is_active
        open_bookings.clear()
        assert close_all() == 1
    with pytest.raises(ValueError, match="already"):
        register_closure_obstacles("bookings", lambda member: [])
