"""What staff may do at a member's account, alone or two together, and what they never may."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from members.actions.block_account import (
    COOLS_AFTER_RELEASE,
    NotBlocked,
    SameReleaser,
    block_account,
    decide_release,
    propose_release,
)
from members.actions.count_attempt import TooManyAttempts
from members.actions.decide_policy_change import SamePerson
from members.actions.grant_level import AccountNotActive, grant_level
from members.actions.lost_number import take_number_off
from members.actions.review_level import (
    NoOpenReview,
    NotVerified,
    ReviewOpen,
    VerifiedAnew,
    decide_advanced_level,
    propose_advanced_level,
)
from members.actions.send_service_code import CodeUnusable, send_service_code, use_service_code
from members.actions.serve_member import AccountOfStaff, NotARecordNumber, OwnAccount, record_number
from members.actions.unmask_member import UnmaskReason, unmask_member
from members.actions.verify_identity import PersonHasAccount
from members.actions.verify_in_person import NotFaceToFace, NotOnRecord, OnlyAtCounter, verify_in_person
from members.closing import ClosureRefused, require_no_obstacles
from members.documents import NotADocumentNumber
from members.entrances import Entrance
from members.events import service_code_sent
from members.models import AccountBlock, AccountEvent, Level, LevelGrant, LevelReview, Member, ServiceCode
from members.queries import level_of
from members.roles import Role
from tests.factories import CustomerFactory, MemberFactory
from tests.notifications.conftest import make_event_type

pytestmark = pytest.mark.django_db
RESIDENT_ID = "110101199003070011"
RECORD = "COUNTER-2026-0042"
OTP = {"customer_name": "str", "otp": "str", "service_name": "str", "minutes": "int"}
HOTLINE, COUNTER = Entrance.HOTLINE, Entrance.COUNTER


def staff(role):
    member = MemberFactory(is_staff=True)
    member.groups.add(Group.objects.get(name=role))
    return member


@pytest.fixture
def alice():
    return MemberFactory(name="王小明")


@pytest.fixture
def record():
    return CustomerFactory(name="王小明", id_type="resident_id", id_no=RESIDENT_ID)


@pytest.fixture
def agent():
    return staff(Role.SERVICE_AGENT)


@pytest.fixture
def ann():
    return staff(Role.APPROVER)


@pytest.fixture
def ben():
    return staff(Role.ADMINISTRATOR)


def shown(agent, alice, record, **other):
    return verify_in_person(
        **{
            "member": alice,
            "customer_no": record.customer_no,
            "id_type": "resident_id",
            "id_no": RESIDENT_ID,
            "evidence": RECORD,
            "entrance": COUNTER,
            "by": agent,
        }
        | other
    )


def events(member):
    return list(AccountEvent.objects.filter(member=member).order_by("id").values_list("kind", flat=True))


# --- at the counter


def test_a_document_shown_at_the_counter_verifies(alice, record, agent):
    grant = shown(agent, alice, record, id_no="110101 19900307 0011", evidence=" counter-2026-0042 ")
    alice.refresh_from_db()
    assert (alice.customer, level_of(alice)) == (record, Level.VERIFIED)
    assert (grant.method, grant.evidence, grant.granted_by, grant.entrance) == ("in_person", RECORD, agent, "counter")


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"id_no": "110101199003070038"}, NotOnRecord),
        ({"customer_no": "C404"}, NotOnRecord),
        ({"id_no": "110101199003070012"}, NotADocumentNumber),
        ({"evidence": "13812345678"}, NotARecordNumber),
        ({"evidence": RESIDENT_ID}, NotARecordNumber),
    ],
)
def test_what_does_not_fit_verifies_nobody(alice, record, agent, other, refusal):
    with pytest.raises(refusal):
        shown(agent, alice, record, **other)
    assert level_of(alice) == Level.REGISTERED
    assert events(alice) == []


def test_a_customer_has_one_account(alice, record, agent):
    other = MemberFactory(customer=record)
    with pytest.raises(PersonHasAccount) as refusal:
        shown(agent, alice, record)
    assert refusal.value.member_id == other.pk


def test_a_video_call_is_an_entrance_of_its_own_and_the_phone_is_none(agent, alice, record):
    grant = shown(agent, alice, record, entrance=Entrance.VIDEO_CALL, evidence="VIDEO-2026-0007")
    assert (grant.level, grant.method, grant.entrance) == (Level.VERIFIED, "in_person", "video_call")
    assert alice.account_events.get(kind="level_granted").entrance == "video_call"
    with pytest.raises(NotFaceToFace):
        shown(agent, MemberFactory(), record, entrance=HOTLINE)


def test_a_lost_number_does_not_come_back_by_video(agent, alice, record, ben):
    shown(agent, alice, record)
    take_number_off(member=alice, evidence=RECORD, entrance=COUNTER, by=ben)
    anew = MemberFactory()
    with pytest.raises(OnlyAtCounter):
        shown(agent, anew, record, entrance=Entrance.VIDEO_CALL)
    assert level_of(anew) == level_of(alice) == Level.REGISTERED


@pytest.mark.parametrize("text", ["COUNTER-2026-0042", "ctr-7", "VIDEO-2026-A-1"])
def test_record_numbers(text):
    assert record_number(text) == text.upper()


# --- who may not


def acts(member, by):
    at = {"member": member, "by": by}
    return {
        "unmask": lambda: unmask_member(reason=UnmaskReason.CALLER, entrance=HOTLINE, **at),
        "invite": lambda: send_service_code(purpose="verify_identity", entrance=HOTLINE, **at),
        "verify": lambda: verify_in_person(
            customer_no="C1", id_type="resident_id", id_no="", evidence="", entrance=COUNTER, **at
        ),
        "review": lambda: propose_advanced_level(reason="no_face", evidence="", entrance=COUNTER, **at),
        "decide review": lambda: decide_advanced_level(grant=True, **at),
        "block": lambda: block_account(reason="strange", entrance=HOTLINE, **at),
        "release": lambda: propose_release(finding="", **at),
        "decide release": lambda: decide_release(release=True, entrance=HOTLINE, **at),
    }


MAY = {
    Role.SERVICE_AGENT: {"unmask", "invite", "verify", "block"},
    Role.APPROVER: {"unmask", "review", "decide review", "block", "release", "decide release"},
    Role.ADMINISTRATOR: set(acts(None, None)),
}


@pytest.mark.parametrize("role", Role, ids=lambda role: role.name.lower())
def test_each_role_does_what_is_its_own_and_nothing_else(alice, role):
    by, done = staff(role), set()
    for name, act in acts(alice, by).items():
        try:
            with transaction.atomic():
                act()
        except PermissionDenied:
            continue
        except Exception:
            pass
        done.add(name)
    assert done == MAY.get(role, set())


@pytest.mark.parametrize("name", sorted(MAY[Role.ADMINISTRATOR]))
def test_nobody_serves_themselves_or_other_staff(ben, name):
    with pytest.raises(OwnAccount):
        acts(ben, ben)[name]()
    with pytest.raises(AccountOfStaff):
        acts(staff(Role.ANALYST), ben)[name]()


# --- numbers


def test_numbers_are_shown_and_who_looked_is_on_record(record, agent):
    alice = MemberFactory(customer=record, email="alice@example.com")
    numbers = unmask_member(member=alice, reason=UnmaskReason.CALLER, entrance=HOTLINE, by=agent)
    assert (numbers.mobile, numbers.id_no, numbers.email) == (alice.mobile, RESIDENT_ID, "alice@example.com")
    assert RESIDENT_ID not in repr(numbers)
    event = AccountEvent.objects.get()
    assert (event.kind, event.by, event.entrance, event.detail) == ("unmasked", agent, "hotline", {"reason": "caller"})


# --- the advanced level, by two


@pytest.fixture
def verified(alice, record, agent):
    shown(agent, alice, record)
    return alice


def proposed(member, by):
    return propose_advanced_level(member=member, reason="no_face", evidence=RECORD, entrance=COUNTER, by=by)


def test_two_people_give_the_advanced_level_without_a_face(verified, ann, ben):
    proposed(verified, ann)
    assert level_of(verified) == Level.VERIFIED
    review = decide_advanced_level(member=verified, grant=True, by=ben)
    grant = LevelGrant.objects.live().get(member=verified, level=Level.ADVANCED)
    assert (grant.granted_by, grant.seconded_by, grant.evidence) == (ann, ben, RECORD)
    assert (review.decision, review.decided_by) == ("granted", ben)
    with pytest.raises(NoOpenReview):
        decide_advanced_level(member=verified, grant=True, by=ben)


def test_one_person_never_does(verified, ann):
    proposed(verified, ann)
    with pytest.raises(SamePerson):
        decide_advanced_level(member=verified, grant=True, by=ann)
    assert level_of(verified) == Level.VERIFIED
    with pytest.raises(IntegrityError, match="level_review_takes_two"), transaction.atomic():
        LevelReview.objects.update(decision="granted", decided_by=ann, decided_at=timezone.now())


def test_refused_is_refused(verified, ann, ben):
    proposed(verified, ann)
    with pytest.raises(ReviewOpen):
        proposed(verified, ben)
    decide_advanced_level(member=verified, grant=False, by=ben)
    assert level_of(verified) == Level.VERIFIED
    proposed(verified, ben)


def test_only_the_verified_are_reviewed(alice, ann):
    with pytest.raises(NotVerified):
        proposed(alice, ann)


def test_a_level_lost_in_the_meantime_is_not_built_upon(verified, ann, ben):
    proposed(verified, ann)
    block_account(member=verified, reason="strange", entrance=HOTLINE, by=ann)
    with pytest.raises(NotVerified):
        decide_advanced_level(member=verified, grant=True, by=ben)


def test_a_review_of_another_verification_is_not_built_upon(verified, record, ann, ben, agent):
    """Blocked, released and verified anew: the evidence may have been of somebody else."""
    proposed(verified, ann)
    Member.objects.filter(pk=verified.pk).update(customer=None)
    LevelGrant.objects.filter(member=verified).update(revoked_at=timezone.now(), revocation="fraud")
    shown(agent, Member.objects.get(pk=verified.pk), record)
    with pytest.raises(VerifiedAnew):
        decide_advanced_level(member=verified, grant=True, by=ben)
    decide_advanced_level(member=verified, grant=False, by=ben)
    proposed(verified, ann)
    decide_advanced_level(member=verified, grant=True, by=ben)
    assert level_of(verified) == Level.ADVANCED


# --- blocking


def test_a_blocked_account_has_no_level_no_session_and_gets_none(client, verified, agent):
    client.force_login(verified)
    assert client.get("/").wsgi_request.user.is_authenticated
    block_account(member=verified, reason="reported", entrance=HOTLINE, by=agent)
    verified.refresh_from_db()
    assert level_of(verified) == Level.REGISTERED
    assert not client.get("/").wsgi_request.user.is_authenticated
    assert events(verified)[-2:] == ["level_revoked", "blocked"]
    with pytest.raises(AccountNotActive):
        block_account(member=verified, reason="reported", entrance=HOTLINE, by=agent)
    with pytest.raises(AccountNotActive):
        grant_level(member=verified, level=Level.VERIFIED, method="identity_match", evidence="x", entrance=Entrance.WEB)
    with pytest.raises(AccountNotActive):
        send_service_code(member=verified, purpose="verify_identity", entrance=HOTLINE, by=agent)


def test_two_people_unblock_and_the_account_cools(alice, ann, ben):
    block_account(member=alice, reason="reported", entrance=HOTLINE, by=ann)
    with pytest.raises(NotBlocked):
        decide_release(member=alice, release=True, entrance=COUNTER, by=ben)
    propose_release(member=alice, finding="本人到柜面核实", by=ann)
    with pytest.raises(SameReleaser):
        decide_release(member=alice, release=True, entrance=COUNTER, by=ann)
    decide_release(member=alice, release=False, entrance=COUNTER, by=ben)
    alice.refresh_from_db()
    assert not alice.is_active
    propose_release(member=alice, finding="本人到柜面核实", by=ann)
    decide_release(member=alice, release=True, entrance=COUNTER, by=ben)
    alice.refresh_from_db()
    assert alice.is_active
    assert timedelta() < COOLS_AFTER_RELEASE - (alice.cooling_until - timezone.now()) < timedelta(minutes=1)
    assert level_of(alice) == Level.REGISTERED
    assert events(alice) == ["blocked", "unblocked"]
    with pytest.raises(NotBlocked):
        decide_release(member=alice, release=True, entrance=COUNTER, by=ben)


def test_a_blocked_account_is_not_closed_behind_the_investigation(alice, agent):
    block_account(member=alice, reason="reported", entrance=HOTLINE, by=agent)
    with pytest.raises(ClosureRefused):
        require_no_obstacles(alice)


def test_the_database_wants_two_for_an_unblocking(alice, ann, ben):
    block_account(member=alice, reason="reported", entrance=HOTLINE, by=ann)
    for proposer in (None, ben):
        with pytest.raises(IntegrityError, match="account_release_takes_two"), transaction.atomic():
            AccountBlock.objects.update(release_proposed_by=proposer, released_by=ben, released_at=timezone.now())


# --- codes


@pytest.fixture
def sent():
    """The codes that went out."""
    make_event_type("verification.otp", variables=OTP, channels=["sms"])
    facts = []

    def keep(fact, **_):
        facts.append(fact)

    service_code_sent.connect(keep)
    yield facts
    service_code_sent.disconnect(keep)


def send(member, by):
    return send_service_code(member=member, purpose="verify_identity", entrance=HOTLINE, by=by)


@pytest.mark.django_db(transaction=True)
def test_a_code_is_good_once_and_for_its_member(alice, agent, sent):
    mine, bob = send(alice, agent), MemberFactory()
    code = sent[0].code
    assert code not in repr(sent[0])
    with pytest.raises(CodeUnusable):
        use_service_code(member=bob, code=code)
    assert use_service_code(member=alice, code=f" {code} ").pk == mine.pk
    for useless in (code, "", "١٢٣٤٥٦"):
        with pytest.raises(CodeUnusable):
            use_service_code(member=alice, code=useless)
    event = AccountEvent.objects.get()
    assert (event.kind, event.by, event.detail) == ("code_sent", agent, {"purpose": "verify_identity"})


@pytest.mark.django_db(transaction=True)
def test_codes_are_not_guessed(alice, agent, sent):
    send(alice, agent)
    wrong = "000000" if sent[0].code != "000000" else "000001"
    for _ in range(5):
        with pytest.raises(CodeUnusable):
            use_service_code(member=alice, code=wrong)
    with pytest.raises(TooManyAttempts):
        use_service_code(member=alice, code=sent[0].code)


@pytest.mark.django_db(transaction=True)
def test_a_code_ends_with_the_next_and_with_the_account(alice, agent, sent):
    send(alice, agent)
    send(alice, agent)
    if sent[0].code != sent[1].code:
        with pytest.raises(CodeUnusable):
            use_service_code(member=alice, code=sent[0].code)
    block_account(member=alice, reason="reported", entrance=HOTLINE, by=agent)
    with pytest.raises(CodeUnusable):
        use_service_code(member=alice, code=sent[1].code)


@pytest.mark.django_db(transaction=True)
def test_a_code_ends_after_a_quarter_of_an_hour(alice, agent, sent):
    code = send(alice, agent)
    with time_machine.travel(code.expires_at, tick=False), pytest.raises(CodeUnusable):
        use_service_code(member=alice, code=sent[0].code)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        ServiceCode.objects.update(expires_at=timezone.now() + timedelta(hours=1))


def together(*acts):
    """What becomes of acts at the same moment: the names of what they raised, or `done`; sorted."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(10)
            act()
            return "done"
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_type_a_code_at_once_one_gets_through(agent, sent):
    for number in range(5):
        alice = MemberFactory()
        send(alice, agent)

        def type_it(member=alice):
            use_service_code(member=member, code=sent[-1].code)

        assert together(type_it, type_it) == ["CodeUnusable", "done"], number


def granted_during_a_block(alice, ann):
    """The level that is left when a block and a grant come at once; the grant has looked before the block."""
    both = Barrier(2)

    def grant():
        try:
            with transaction.atomic():
                both.wait(10)
                grant_level(
                    member=alice, level=Level.VERIFIED, method="identity_match", evidence="x", entrance=Entrance.WEB
                )
        except AccountNotActive:
            pass
        finally:
            connection.close()

    def block():
        try:
            both.wait(10)
            block_account(member=alice, reason="strange", entrance=HOTLINE, by=ann)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda act: act(), (grant, block)))
    return level_of(alice)


@pytest.mark.django_db(transaction=True)
def test_no_level_slips_past_a_block(ann):
    for number in range(5):
        assert granted_during_a_block(MemberFactory(), ann) == Level.REGISTERED, number


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_level_slips_past_the_block(ann, monkeypatch):
    alice, looked, blocked = MemberFactory(), Event(), Event()

    def look_only(pk):
        found = {pk: Member.objects.get(pk=pk)}
        looked.set()
        assert blocked.wait(10)
        return found

    monkeypatch.setattr("members.actions.grant_level.lock_accounts", look_only)

    def grant():
        try:
            grant_level(
                member=alice, level=Level.VERIFIED, method="identity_match", evidence="x", entrance=Entrance.WEB
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        granting = pool.submit(grant)
        assert looked.wait(10)
        block_account(member=alice, reason="strange", entrance=HOTLINE, by=ann)
        blocked.set()
        granting.result()
    assert level_of(alice) == Level.VERIFIED
