"""Two accounts of one person become one; two persons' never do, and no level is won by it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from time import monotonic, sleep

import pytest
from django.db import connection, transaction
from django.utils import timezone

from members.actions import merge_accounts as module
from members.actions.change_mobile import MobileTaken, NumberNotProved, change_mobile, use_proven_number
from members.actions.give_consent import give_consent
from members.actions.lock_accounts import lock_accounts
from members.actions.merge_accounts import merge_accounts
from members.assurance import CoolingDown, FactorNeeded, LevelTooLow, MemberInactive
from members.entrances import Entrance
from members.events import AccountsMerged, accounts_merged
from members.merging import AccountIsClosing, DifferentPeople, NoOtherAccount, StaffAccount, merge_plan, merge_request
from members.models import AccountClosure, AccountEvent, Consent, Level, LevelGrant, Member, WeChatBinding
from members.queries import has_live_consent, level_of
from tests.factories import CustomerFactory, MemberFactory, WeChatBindingFactory
from tests.locks import waiting_for_locks
from tests.members.accounts import AT_WEB, OTHER_SESSION, advanced, number_proved, proved, verified

pytestmark = pytest.mark.django_db
Kind = Consent.Kind


@pytest.fixture
def alice():
    """Known to the insurer."""
    return verified(MemberFactory(customer=CustomerFactory(id_type="resident_id", id_no="11010519491231002X")))


@pytest.fixture
def wechat():
    """The account that Alice has made without knowing, through WeChat."""
    return WeChatBindingFactory().member


def merge(member, other, **proven):
    proved(member, request=merge_request(member, other))
    return merge_accounts(member=member, proven_id=number_proved(member, other.mobile, **proven), context=AT_WEB)


def test_it_works(alice, wechat):
    told = []

    def listen(fact, **_):
        told.append(fact)

    accounts_merged.connect(listen)
    number = wechat.mobile
    try:
        assert merge(alice, wechat) == alice
    finally:
        accounts_merged.disconnect(listen)
    assert told == [AccountsMerged(kept_id=alice.pk, closed_id=wechat.pk)]
    wechat.refresh_from_db()
    assert (wechat.is_active, wechat.mobile, wechat.name, wechat.customer) == (False, "", "", None)
    assert WeChatBinding.objects.get().member == alice
    closure = AccountClosure.objects.get()
    assert (closure.member, closure.merged_into) == (wechat, alice) and closure.closed_at
    assert {(event.member_id, *event.detail.items()) for event in AccountEvent.objects.filter(kind="merged")} == {
        (alice.pk, ("closed", wechat.pk)),
        (wechat.pk, ("kept", alice.pk)),
    }
    assert MemberFactory(mobile=number).pk  # free again


def test_from_the_newer_account_the_older_link_wins_all_the_same(alice, wechat):
    assert merge(wechat, alice) == alice
    assert WeChatBinding.objects.get().member == alice


def test_of_two_links_to_one_person_the_older_wins(alice):
    twin = CustomerFactory(id_type="resident_id", id_no="11010519491231002X")
    younger = verified(MemberFactory(customer=twin, created_at=timezone.now() - timedelta(days=900)))
    assert merge_plan(younger, alice).kept == alice
    assert merge_plan(alice, younger).kept == alice


def test_levels_never_add_up(alice):
    twin = CustomerFactory(id_type="resident_id", id_no="11010519491231002X")
    younger = advanced(MemberFactory(customer=twin))
    assert merge(younger, alice) == alice
    assert (level_of(alice), level_of(younger)) == (Level.VERIFIED, Level.REGISTERED)
    assert set(LevelGrant.objects.filter(member=younger).values_list("revocation", flat=True)) == {"merged"}


def test_two_people_stay_two(alice):
    bob = verified(MemberFactory(customer=CustomerFactory(id_type="resident_id", id_no="440524188001010014")))
    with pytest.raises(DifferentPeople):
        merge(alice, bob)
    unknown = verified(MemberFactory(customer=CustomerFactory()))
    with pytest.raises(DifferentPeople):
        merge(alice, unknown)
    assert Member.objects.filter(is_active=True).count() == 3


def test_both_are_proved_for_this_very_merger(alice, wechat):
    with pytest.raises(FactorNeeded):  # nothing of Alice's own
        merge_accounts(member=alice, proven_id=number_proved(alice, wechat.mobile), context=AT_WEB)
    proved(alice)
    with pytest.raises(FactorNeeded):  # for nothing in particular
        merge_accounts(member=alice, proven_id=number_proved(alice, wechat.mobile), context=AT_WEB)
    for stale in ({"ago": timedelta(minutes=11)}, {"session": OTHER_SESSION}):
        with pytest.raises(NumberNotProved):
            merge(alice, wechat, **stale)
    wechat.refresh_from_db()
    assert wechat.is_active


def test_two_registered_accounts_are_verified_first(wechat):
    with pytest.raises(LevelTooLow):
        merge(MemberFactory(), wechat)


def test_not_while_either_cools_down_after_a_change_of_phone(alice, wechat):
    for member in (alice, wechat):
        Member.objects.filter(pk=member.pk).update(cooling_until=timezone.now() + timedelta(hours=1))
        with pytest.raises(CoolingDown):
            merge(alice, wechat)
        Member.objects.update(cooling_until=None)


def test_staff_accounts_and_accounts_about_to_close_stay(alice):
    with pytest.raises(StaffAccount):
        merge(alice, MemberFactory(is_staff=True))
    leaving = MemberFactory()
    AccountClosure.objects.create(member=leaving, entrance=Entrance.WEB, due_at=timezone.now() + timedelta(days=9))
    with pytest.raises(AccountIsClosing):
        merge(alice, leaving)


def test_second_time_there_is_nobody_to_merge_with(alice, wechat):
    number = wechat.mobile
    merge(alice, wechat)
    with pytest.raises(NoOtherAccount):
        merge_accounts(member=alice, proven_id=number_proved(alice, number), context=AT_WEB)
    with pytest.raises(NoOtherAccount):
        merge_accounts(member=alice, proven_id=number_proved(alice, alice.mobile), context=AT_WEB)


def test_consents_move_with_their_proof_but_not_over_a_decision_nor_the_face(alice, wechat):
    def give(member, kind):
        return give_consent(member=member, kind=kind, version=1, language="zh-hans", entrance=Entrance.WECHAT)

    old = give(wechat, Kind.MARKETING_WECHAT)
    give(wechat, Kind.MARKETING_SMS)
    give(wechat, Kind.FACE)
    Consent.objects.filter(pk=give(alice, Kind.MARKETING_SMS).pk).update(
        ended_at=timezone.now(), ending="withdrawn", ended_entrance="web"
    )
    merge(alice, wechat)
    moved = Consent.objects.live().get(member=alice)
    assert (moved.kind, moved.given_at, bytes(moved.text_hash)) == (old.kind, old.given_at, old.text_hash)
    assert not Consent.objects.live().filter(member=wechat).exists()
    assert not has_live_consent(alice, Kind.FACE)


@pytest.mark.parametrize("given_after", [False, True])
def test_a_guardians_consent_moves_unless_it_was_taken_back_since(alice, wechat, given_after):
    def give(member, at, **ended):
        return Consent.objects.create(
            member=member,
            kind=Kind.GUARDIAN,
            version=1,
            language="zh-hans",
            text_hash=b"0" * 32,
            entrance="counter",
            by=MemberFactory(is_staff=True),
            given_at=at,
            **ended,
        )

    taken_back = timezone.now() - timedelta(days=2)
    give(alice, taken_back - timedelta(days=9), ended_at=taken_back, ending="withdrawn", ended_entrance="web")
    give(wechat, taken_back + timedelta(days=1 if given_after else -1))
    merge(alice, wechat)
    assert has_live_consent(alice, Kind.GUARDIAN) == given_after


@pytest.fixture
def chain(monkeypatch):
    """Carol's account goes into Bob's while Bob's goes into Alice's, as soon as the former has passed all checks."""
    alice = verified(MemberFactory(customer=CustomerFactory(id_type="resident_id", id_no="11010519491231002X")))
    bob = verified(MemberFactory())
    carol = WeChatBindingFactory().member
    proved(alice, request=merge_request(alice, bob))
    proved(bob, request=merge_request(bob, carol))
    into_alice, into_bob = number_proved(alice, bob.mobile), number_proved(bob, carol.mobile)
    checked, gone = Event(), Event()
    decide = module.require_assurance

    def decide_and_dawdle(member, action, context):
        decide(member, action, context)
        if member == carol:
            checked.set()
            gone.wait(1.5)

    monkeypatch.setattr(module, "require_assurance", decide_and_dawdle)

    def carol_into_bob():
        try:
            merge_accounts(member=bob, proven_id=into_bob, context=AT_WEB)
        finally:
            connection.close()

    def bob_into_alice():
        try:
            checked.wait(10)
            merge_accounts(member=alice, proven_id=into_alice, context=AT_WEB)
        finally:
            gone.set()
            connection.close()

    def run():
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(carol_into_bob), pool.submit(bob_into_alice)]:
                done.result()
        return WeChatBinding.objects.get().member

    return run


@pytest.mark.django_db(transaction=True)
def test_of_two_mergers_at_once_the_second_takes_along_what_the_first_brought(chain):
    assert chain().is_active
    assert Member.objects.filter(is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_carols_wechat_is_stranded_in_a_closed_account(chain, monkeypatch):
    monkeypatch.setattr(module, "lock_accounts", lambda *ids: Member.objects.in_bulk(ids))
    assert not chain().is_active


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_with_each_other_never_wait_crosswise(monkeypatch):
    alice = verified(MemberFactory(customer=CustomerFactory(id_type="resident_id", id_no="11010519491231002X")))
    twin = verified(MemberFactory(customer=CustomerFactory(id_type="resident_id", id_no="11010519491231002X")))
    pairs = [(alice, twin), (twin, alice)]
    for one, other in pairs:
        proved(one, request=merge_request(one, other))
    ids = [number_proved(one, other.mobile) for one, other in pairs]
    together = Barrier(2)

    def run(number):
        try:
            together.wait(10)
            return merge_accounts(member=pairs[number][0], proven_id=ids[number], context=AT_WEB).pk
        except (NoOtherAccount, MemberInactive):
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(run, range(2))) == {alice.pk, None}
    assert Member.objects.filter(is_active=True).get() == alice


@pytest.fixture
def crosswise(transactional_db):
    """A merger and a change of number, both with the number that was proved, begin together: what they ended with."""
    alice, wechat = verified(MemberFactory(customer=CustomerFactory())), MemberFactory()
    proved(alice, request=merge_request(alice, wechat))
    proven_id = number_proved(alice, wechat.mobile)
    about = {"member": alice, "proven_id": proven_id, "context": AT_WEB}

    def run(act):
        try:
            act(**about)
            return None
        except Exception as error:
            return error
        finally:
            connection.close()

    def begin():
        until = monotonic() + 10
        with ThreadPoolExecutor(2) as pool:
            with transaction.atomic():
                lock_accounts(alice.pk)
                done = []
                for act in (change_mobile, merge_accounts):  # the change of number waits first, and goes first
                    done.append(pool.submit(run, act))
                    while waiting_for_locks() < len(done) and monotonic() < until:
                        sleep(0.01)
            return [each.result() for each in done]

    return begin


def test_whoever_merges_and_whoever_changes_a_number_never_wait_crosswise(crosswise):
    changed, merged = crosswise()
    assert isinstance(changed, FactorNeeded | MobileTaken)
    assert merged is None


def test_control_with_the_number_used_up_before_the_lock_they_wait_crosswise(crosswise, monkeypatch):
    monkeypatch.setattr(module, "usable_number", use_proven_number)
    assert any("deadlock" in str(ended) for ended in crosswise())
