"""A member whose number is lost, and whom no camera knows: two of the staff give the account back."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied

from members.actions.decide_policy_change import SamePerson
from members.actions.lost_number import NoNumber, take_number_off
from members.actions.serve_member import NotARecordNumber
from members.actions.verify_identity import PersonHasAccount
from members.actions.verify_in_person import verify_in_person
from members.entrances import Entrance
from members.events import mobile_changed
from members.merging import AccountIsClosing, AccountsCannotMerge
from members.models import AccountClosure, AccountEvent, Level, Member
from members.queries import level_of
from members.roles import Role
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified

pytestmark = pytest.mark.django_db
OLD, NEW = "+8613800000001", "+8613900000002"
RESIDENT_ID = "110101199003070011"


def staff(role):
    member = MemberFactory(is_staff=True)
    member.groups.add(Group.objects.get(name=role))
    return member


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
    take_number_off(**about | other)


def show_document(member, alice, by):
    return verify_in_person(
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
    with pytest.raises(SamePerson):
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


def test_one_without_a_number_brings_none(alice, anew, ann, agent):
    take_off(alice, ann)
    take_off(anew, ann)
    with pytest.raises(AccountsCannotMerge):
        show_document(anew, alice, agent)
