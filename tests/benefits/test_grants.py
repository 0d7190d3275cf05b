"""Quota by hand: one proposes, another decides, and the database insists."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, connection, transaction

from benefits.actions import quota
from benefits.actions.grant_quota import GrantDecided, decide_grant, propose_grant
from benefits.models import Entitlement, QuotaGrant, Service, Tier
from benefits.refusals import GrantTimeWrong, GrantTooLarge, NotGrantable, RequestConflict
from members.actions.decide_policy_change import SamePerson
from members.actions.serve_member import AccountOfStaff, OwnAccount
from members.roles import Role
from tests.benefits.entitling import DAY, give_tier, refresh
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(f"{DAY}T12:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def alice():
    return CustomerFactory()


@pytest.fixture
def agent():
    return staff(Role.SERVICE_AGENT)


@pytest.fixture
def manager():
    return staff(Role.BENEFITS_MANAGER)


def propose(customer, by, *, code="dental_cleaning", **other):
    about = {
        "customer": customer,
        "service": Service.objects.get(code=code),
        "quota": 2,
        "starts_on": DAY,
        "ends_on": DAY + timedelta(days=90),
        "reason": QuotaGrant.Reason.PROVIDER,
        "note": "诊所临时停诊，客户白跑一趟",
        "request_id": uuid4(),
        "by": by,
    }
    return propose_grant(**about | other)


def test_a_second_person_gives_it(alice, agent, manager):
    grant = propose(alice, agent)
    assert not Entitlement.objects.exists()
    decide_grant(grant_id=grant.pk, approve=True, by=manager)
    given = Entitlement.objects.get()
    assert (given.customer, given.source, given.quota, given.family_quota) == (alice, "grant", 2, 1)
    assert (given.starts_on, given.ends_on, given.left) == (DAY, DAY + timedelta(days=90), 2)
    assert given.allowance.tier == "gold"  # without terms of their own, the lowest
    assert given.gained_at
    assert refresh(alice).withdrawn == 0


def test_booked_and_given_back_it_is_as_much_as_was_granted(alice, agent, manager):
    decide_grant(grant_id=propose(alice, agent).pk, approve=True, by=manager)
    given = Entitlement.objects.get()
    quota.hold(given.pk, for_family=True)
    quota.free(given.pk, for_family=True)
    given.refresh_from_db()
    assert (given.quota, given.allowance.quota, given.left, given.family_used) == (2, 1, 2, 0)


def test_on_the_terms_that_the_customer_has(alice, agent, manager):
    give_tier(alice, Tier.DIAMOND)
    refresh(alice)
    decide_grant(grant_id=propose(alice, agent).pk, approve=True, by=manager)
    assert Entitlement.objects.get(source="grant").allowance.tier == "diamond"


def test_rejected_nothing_is_given(alice, agent, manager):
    grant = decide_grant(grant_id=propose(alice, agent).pk, approve=False, by=manager)
    assert (grant.approved, grant.decided_by, grant.entitlement) == (False, manager, None)
    assert not Entitlement.objects.exists()


def test_nobody_decides_about_their_own(alice, manager):
    grant = propose(alice, manager)
    with pytest.raises(SamePerson):
        decide_grant(grant_id=grant.pk, approve=True, by=manager)
    other = staff(Role.BENEFITS_MANAGER)
    decide_grant(grant_id=grant.pk, approve=True, by=other)
    with pytest.raises(GrantDecided) as refusal:
        decide_grant(grant_id=grant.pk, approve=False, by=staff(Role.ADMINISTRATOR))
    assert refusal.value.grant.decided_by == other


def test_who_may(alice, agent, manager):
    with pytest.raises(PermissionDenied):
        propose(alice, staff(Role.ANALYST))
    grant = propose(alice, agent)
    with pytest.raises(PermissionDenied):
        decide_grant(grant_id=grant.pk, approve=True, by=staff(Role.SERVICE_AGENT))
    agent.customer = alice
    agent.save()
    with pytest.raises(OwnAccount):
        propose(alice, agent)
    with pytest.raises(AccountOfStaff):
        propose(alice, staff(Role.SERVICE_AGENT))
    with pytest.raises(AccountOfStaff):
        decide_grant(grant_id=grant.pk, approve=True, by=manager)


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ({"starts_on": DAY - timedelta(days=1)}, GrantTimeWrong),
        ({"ends_on": DAY - timedelta(days=1)}, GrantTimeWrong),
        ({"ends_on": date(2027, 11, 30)}, GrantTimeWrong),
        ({"quota": 0}, GrantTooLarge),
        ({"quota": 21}, GrantTooLarge),
        ({"code": "vip_line"}, NotGrantable),
        ({"code": "emergency_rescue"}, NotGrantable),
    ],
)
def test_what_is_not_proposed(alice, agent, what, refusal):
    with pytest.raises(refusal):
        propose(alice, agent, **what)
    assert not QuotaGrant.objects.exists()


def test_one_form_is_one_proposal(alice, agent):
    form = uuid4()
    assert propose(alice, agent, request_id=form) == propose(alice, agent, request_id=form)
    with pytest.raises(RequestConflict):
        propose(alice, agent, request_id=form, quota=3)


def test_what_is_over_is_not_given_and_stays_open(alice, agent, manager, noon):
    grant = propose(alice, agent)
    noon.move_to(f"{DAY + timedelta(days=91)}T12:00:00+08:00")
    with pytest.raises(GrantTimeWrong), transaction.atomic():
        decide_grant(grant_id=grant.pk, approve=True, by=manager)
    grant.refresh_from_db()
    assert grant.waits


def commit(write):
    """What a commit after `write` would say."""
    with transaction.atomic(), connection.cursor() as cursor:
        write()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_database_refuses_what_one_person_gives(alice, agent, manager):
    grant = propose(alice, agent)
    this = QuotaGrant.objects.filter(pk=grant.pk)

    def alone():
        return Entitlement.objects.create(
            customer=alice, service=grant.service, allowance=grant.service.allowances.first(), source="grant",
            quota=2, starts_on=grant.starts_on, ends_on=grant.ends_on,
        )  # fmt: skip

    with pytest.raises(IntegrityError, match="second person"):
        commit(alone)
    with pytest.raises(IntegrityError, match="benefits_grant_given_when_decided"):
        commit(lambda: this.update(entitlement=alone()))
    decided = {"approved": True, "decided_by": agent, "decided_at": "2026-11-29T12:00:00+08:00"}
    with pytest.raises(IntegrityError, match="benefits_grant_takes_two"):
        commit(lambda: this.update(entitlement=alone(), **decided))
    commit(lambda: decide_grant(grant_id=grant.pk, approve=True, by=manager))
    given = Entitlement.objects.filter(source="grant")
    with pytest.raises(IntegrityError, match="second person"):
        commit(lambda: given.update(quota=5))
    commit(lambda: given.update(held=1))
    with pytest.raises(InternalError, match="decided_stays"):
        commit(lambda: this.update(approved=False, entitlement=None))


def test_the_note_is_sealed_and_goes_with_the_account(alice, agent):
    from benefits.own_data import erase_notes, export_entitlements

    member = MemberFactory(customer=alice)
    propose(alice, agent)
    assert "诊所临时停诊" in str(export_entitlements(member)[1].rows)
    erase_notes(member)
    assert QuotaGrant.objects.get().note == ""
