"""A member whose number is lost, and whom no camera knows: two of the staff give the account back."""

from datetime import timedelta

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError
from django.utils import timezone

from members.actions.agree_for_child import take_guardian_consent
from members.actions.block_account import block_account, decide_release, propose_release
from members.actions.close_account import close_due_accounts
from members.actions.give_consent import end_consent
from members.actions.grant_level import AccountNotActive
from members.actions.lost_number import NoNumber, NotLinked, SameGiver, take_number_off
from members.actions.serve_member import NotARecordNumber
from members.actions.verify_identity import PersonHasAccount
from members.actions.verify_in_person import verify_in_person
from members.entrances import Entrance
from members.events import mobile_changed
from members.merging import AccountIsClosing, DifferentPeople
from members.models import AccountBlock, AccountClosure, AccountEvent, Consent, Level, LevelGrant, LostNumber, Member
from members.queries import level_of
from members.roles import Role
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import proved, staff, verified

pytestmark = pytest.mark.django_db
OLD, NEW = "+8613800000001", "+8613900000002"
RESIDENT_ID = "110101199003070011"


@pytest.fixture
def ann():
    return staff(Role.APPROVER)


@pytest.fixture
def agent():
    return staff(Role.SERVICE_AGENT)


@pytest.fixture
def alice():
    return verified(MemberFactory(mobile=OLD, customer=CustomerFactory(id_type="resident_id", id_no=RESIDENT_ID)))


@pytest.fixture
def anew():
    """What Alice signed up as with her new phone, through WeChat."""
    member = MemberFactory(mobile=NEW, name="")
    SocialAccount.objects.create(user=member, provider="weixin", uid="union-of-alice")
    return member


def take_off(alice, by, **other):
    about = {"member": alice, "evidence": "COUNTER-2026-1", "entrance": Entrance.COUNTER, "by": by}
    return take_number_off(**about | other)


def show_document(member, alice, by):
    return verify_in_person(
        entrance=Entrance.COUNTER,
        member=member,
        customer_no=alice.customer.customer_no,
        id_type="resident_id",
        id_no=RESIDENT_ID,
        evidence="COUNTER-2026-2",
        by=by,
    )


def test_the_account_comes_back_with_the_new_number(alice, anew, ann, agent):
    heard = []
    mobile_changed.connect(keep := lambda fact, **_: heard.append((fact.old_mobile, fact.new_mobile)))
    take_off(alice, ann)
    assert level_of(alice) == Level.REGISTERED
    grant = show_document(anew, alice, agent)
    alice.refresh_from_db()
    anew.refresh_from_db()
    assert (grant.member, grant.granted_by, alice.mobile, level_of(alice)) == (alice, agent, NEW, Level.VERIFIED)
    assert alice.cooling_until and alice.is_active
    assert not (anew.is_active or anew.mobile)
    assert AccountClosure.objects.get(member=anew).merged_into == alice
    kinds = [*AccountEvent.objects.filter(member=alice).order_by("pk").values_list("kind", "by")]
    assert kinds[-3:] == [("merged", None), ("phone_changed", agent.pk), ("level_granted", agent.pk)]
    assert ("phone_released", ann.pk) in kinds
    assert heard == [("", NEW)]
    mobile_changed.disconnect(keep)


def test_whoever_took_the_number_off_gives_nothing_back(alice, anew):
    admin, other = staff(Role.ADMINISTRATOR), staff(Role.ADMINISTRATOR)
    take_off(alice, admin)
    with pytest.raises(SameGiver):
        show_document(anew, alice, admin)
    assert Member.objects.get(pk=alice.pk).mobile == ""
    assert show_document(anew, alice, other).member == alice


def test_an_account_with_a_number_is_given_to_nobody(alice, anew, agent):
    with pytest.raises(PersonHasAccount):
        show_document(anew, alice, agent)


def test_it_takes_the_permission_a_record_and_a_number(alice, ann, agent):
    with pytest.raises(PermissionDenied):
        take_off(alice, agent)
    with pytest.raises(NotARecordNumber):
        take_off(alice, ann, evidence="13812345678")
    take_off(alice, ann)
    with pytest.raises(NoNumber):
        take_off(alice, ann)


def test_an_account_that_is_about_to_close_is_kept_first(alice, anew, ann, agent):
    take_off(alice, ann)
    AccountClosure.objects.create(member=anew, entrance="web", due_at="2036-01-01T00:00Z")
    with pytest.raises(AccountIsClosing):
        show_document(anew, alice, agent)


def test_a_closure_that_a_thief_asked_for_ends_where_the_member_comes_back(alice, anew, ann, agent):
    """Nobody can sign in meanwhile and keep the account, so it doesn't run out."""
    closure = AccountClosure.objects.create(
        member=alice, entrance="web", due_at=timezone.now() + timedelta(days=1), requested_at=timezone.now()
    )
    take_off(alice, ann)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert close_due_accounts() == 0
        show_document(anew, alice, agent)
    closure.refresh_from_db()
    assert closure.reopened_at and not closure.closed_at
    assert AccountEvent.objects.get(member=alice, kind="reopened").entrance == "counter"


def test_whatever_a_stranger_added_opens_the_account_no_more(alice, ann):
    alice.set_password("a stranger's own")
    alice.save()
    proof = proved(alice)
    take_off(alice, ann)
    alice.refresh_from_db()
    proof.refresh_from_db()
    assert not alice.has_usable_password()
    assert proof.used_at and alice.cooling_until
    assert {grant.revocation for grant in LevelGrant.objects.all()} == {"phone_reassigned"}
    assert MemberFactory(mobile=OLD).pk != alice.pk


def test_a_blocked_account_loses_its_number_and_comes_back_when_unblocked(alice, anew, ann, agent):
    first, second = staff(Role.APPROVER), staff(Role.APPROVER)
    block_account(member=alice, reason=AccountBlock.Reason.REPORTED, entrance=Entrance.HOTLINE, by=agent)
    alice.refresh_from_db()
    take_off(alice, ann)
    with pytest.raises(AccountNotActive):
        show_document(anew, alice, agent)
    propose_release(member=alice, finding="a stolen phone", by=first)
    decide_release(member=alice, release=True, entrance=Entrance.COUNTER, by=second)
    cooling_until = Member.objects.get(pk=alice.pk).cooling_until
    show_document(anew, alice, agent)
    alice.refresh_from_db()
    assert (alice.mobile, alice.is_active, level_of(alice)) == (NEW, True, Level.VERIFIED)
    assert alice.cooling_until == cooling_until > timezone.now() + timedelta(hours=71)


def test_a_number_stays_where_no_document_could_bring_the_account_back(ann):
    with pytest.raises(NotLinked):
        take_off(MemberFactory(), ann)
    closed = MemberFactory(customer=CustomerFactory(), is_active=False)
    AccountClosure.objects.create(member=closed, entrance="web", due_at=timezone.now(), closed_at=timezone.now())
    with pytest.raises(AccountNotActive):
        take_off(closed, ann)


def test_one_without_a_number_brings_none_and_is_not_verified(alice, ann, agent):
    take_off(alice, ann)
    alice.refresh_from_db()
    with pytest.raises(NoNumber):
        show_document(alice, alice, agent)
    bob = verified(MemberFactory(customer=CustomerFactory()))
    take_off(bob, ann)
    bob.refresh_from_db()
    with pytest.raises(NoNumber):
        show_document(bob, alice, agent)


def test_an_account_of_another_customer_gets_nothing(alice, ann, agent):
    take_off(alice, ann)
    bob = verified(MemberFactory(customer=CustomerFactory()))
    with pytest.raises(DifferentPeople):
        show_document(bob, alice, agent)


def test_the_database_insists_on_two_people(alice, ann):
    loss = take_off(alice, ann)
    with pytest.raises(IntegrityError, match="lost_number_takes_two"):
        LostNumber.objects.filter(pk=loss.pk).update(given_back_by=ann, given_back_at=timezone.now())


@pytest.mark.parametrize("field", ["taken_off_by", "evidence"])
def test_the_database_keeps_who_took_the_number_off_and_why(alice, ann, agent, field):
    """Else the first person could give it back in another's name."""
    loss = take_off(alice, ann)
    with pytest.raises(InternalError, match="only_given_back"):
        LostNumber.objects.filter(pk=loss.pk).update(**{field: agent if field == "taken_off_by" else "COUNTER-0"})


def test_a_childs_account_comes_back_with_the_guardians_new_consent(anew, ann, agent):
    """Though the lost account had one, which was taken back."""
    born = timezone.localdate() - timedelta(days=3000)
    papers = {"id_type": "passport", "id_no": "E12345678", "birth_date": born}
    child = MemberFactory(mobile=OLD, customer=CustomerFactory(**papers))
    before = take_guardian_consent(child=child, by=agent)
    verified(child)
    end_consent(child, Consent.Kind.GUARDIAN, Entrance.COUNTER)
    take_off(child, ann)
    take_guardian_consent(child=anew, by=agent)
    grant = verify_in_person(
        entrance=Entrance.COUNTER,
        member=anew,
        customer_no=child.customer.customer_no,
        id_type="passport",
        id_no="E12345678",
        evidence="COUNTER-2026-2",
        by=agent,
    )
    assert grant.member == child
    assert Consent.objects.live().get(member=child, kind=Consent.Kind.GUARDIAN).pk != before.pk
