"""Points by hand: alone up to the limit, by two people above it, and nobody splits what takes two."""

# ruff: noqa: PT012 several statements together are what is refused

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from members.actions.decide_policy_change import SamePerson
from members.actions.merge_accounts import join_accounts
from members.actions.serve_member import AccountOfStaff, OwnAccount
from members.catalogue import rows
from members.models import AccountClosure, Member
from members.roles import Role
from points.actions import adjust_points as module
from points.actions.adjust_points import (
    AdjustmentDecided,
    AlreadyTakenBack,
    decide_adjustment,
    propose_taking_back,
)
from points.actions.post_batch import post_one
from points.actions.spend import spend
from points.actions.undo import reverse
from points.auditing import audit
from points.events import PointsAdjusted, points_adjusted
from points.models import PointAdjustment, Posting, System
from points.models.adjustment import ALONE, SCOPE
from points.queries import balance_of, system_totals
from points.refusals import (
    AccountEnded,
    InsufficientPoints,
    KeyConflict,
    NotReversible,
    PointsNotPositive,
    PointsNotWhole,
    PointsTooMany,
)
from points.requests import Adjustment
from tests.factories import MemberFactory
from tests.locks import without_row_locks
from tests.members.accounts import staff
from tests.points.by_hand import adjust
from tests.points.test_ledger_at_once import one_after_the_other


@pytest.fixture
def olga(db) -> Member:
    """Serves members, and may propose."""
    return staff(Role.SERVICE_AGENT, "Olga")


@pytest.fixture
def ben(db) -> Member:
    """Manages benefits: proposes and decides."""
    return staff(Role.BENEFITS_MANAGER, "Ben")


@pytest.fixture
def told():
    facts = []

    def listen(fact, **_):
        facts.append(fact)

    points_adjusted.connect(listen)
    yield facts
    points_adjusted.disconnect(listen)


def take_back(adjustment: PointAdjustment, by: Member, **other: object) -> PointAdjustment:
    about = {"note": "弄错了", "request_id": uuid4()}
    return propose_taking_back(adjustment_id=adjustment.pk, by=by, **about | other)


def decide(adjustment: PointAdjustment, by: Member, approve: bool = True) -> PointAdjustment:
    return decide_adjustment(adjustment_id=adjustment.pk, approve=approve, by=by)


def test_limit_is_the_catalogues():
    (row,) = [row for row in rows("earning_rules") if row["code"] == "care.commitment_missed"]
    assert re.search(r"four-eyes approval above (\d+)", row["conditions"])[1] == str(ALONE)


def test_small_one_is_booked_at_once(alice, olga, told):
    adjustment = adjust(alice, 300, olga)
    posting = Posting.objects.get()
    assert (adjustment.posting_id, adjustment.approved, adjustment.decided_by) == (posting.pk, None, None)
    assert (posting.scope, posting.key, posting.reason) == ("adjustment", str(adjustment.pk), "adjustment.goodwill")
    assert posting.posted_by == olga
    assert balance_of(alice.pk).available == 300
    assert system_totals()[System.ADJUSTMENT] == -300
    assert told == [PointsAdjusted(member_id=alice.pk, posting_id=posting.pk, points=300)]


def test_larger_one_waits_for_a_second_person(alice, olga, ben, told):
    adjustment = adjust(alice, 301, olga)
    assert adjustment.waits
    assert list(PointAdjustment.objects.waiting()) == [adjustment]
    assert (balance_of(alice.pk).available, told) == (0, [])
    decided = decide(adjustment, ben)
    assert (decided.approved, decided.decided_by, decided.posting.posted_by) == (True, ben, ben)
    assert balance_of(alice.pk).available == 301
    assert [fact.points for fact in told] == [301]
    with pytest.raises(AdjustmentDecided) as late:
        decide(adjustment, staff(Role.ADMINISTRATOR, "Carl"), approve=False)
    assert late.value.adjustment.decided_by == ben


def test_refused_one_books_nothing(alice, olga, ben, told):
    adjustment = decide(adjust(alice, 5000, olga), ben, approve=False)
    assert (adjustment.approved, adjustment.posting, told) == (False, None, [])
    assert not Posting.objects.exists()


def test_nobody_decides_their_own(alice, ben):
    adjustment = adjust(alice, 301, ben)
    with pytest.raises(SamePerson):
        decide(adjustment, ben)
    adjustment.refresh_from_db()
    assert adjustment.waits


def test_who_may_not(alice, olga, ben):
    waiting = adjust(alice, 301, ben)
    for attempt in (
        lambda: decide(waiting, olga),
        lambda: adjust(alice, 1, staff(Role.MARKETING_EDITOR, "Mei")),
        lambda: adjust(alice, 1, staff(Role.ANALYST, "Ana")),
        lambda: adjust(alice, 1, alice),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    with pytest.raises(OwnAccount):
        adjust(olga, 1, olga)
    with pytest.raises(AccountOfStaff):
        adjust(ben, 1, olga)


@pytest.mark.parametrize(
    ("points", "refusal"),
    [(0, PointsNotPositive), (1.0, PointsNotWhole), (True, PointsNotWhole), (2**63, PointsTooMany)],
)
def test_points_that_are_none(alice, olga, points, refusal):
    with pytest.raises(refusal):
        adjust(alice, points, olga)
    assert not PointAdjustment.objects.exists()


@pytest.mark.parametrize("points", [-10, -1_400])
def test_taking_more_than_there_is_is_not_even_proposed(alice, olga, earn, points):
    """Neither what one may book alone nor what a second person would be asked about."""
    earn(alice, 1_000)
    spend(member_id=alice.pk, points=995, scope="test", key="spent", reason="test")
    with pytest.raises(InsufficientPoints) as refusal:
        adjust(alice, points, olga)
    assert refusal.value.available == 5
    assert not PointAdjustment.objects.exists()
    assert adjust(alice, -5, olga).posting


def test_taking_more_than_there_is_by_now_stays_open(alice, olga, ben, earn):
    earn(alice, 400)
    waiting = adjust(alice, -400, olga, reason="fraud")
    spend(member_id=alice.pk, points=1, scope="test", key="spent", reason="test")
    with pytest.raises(InsufficientPoints) as refusal:
        decide(waiting, ben)
    assert refusal.value.missing == 1
    waiting.refresh_from_db()
    assert waiting.waits
    earn(alice, 1)
    decide(waiting, ben)
    assert balance_of(alice.pk).available == 0


def test_form_sent_twice_is_one_adjustment(alice, olga):
    request = uuid4()
    first = adjust(alice, 20, olga, request_id=request)
    assert adjust(alice, 20, olga, request_id=request) == first
    with pytest.raises(KeyConflict):
        adjust(alice, 21, olga, request_id=request)
    assert balance_of(alice.pk).available == 20


def test_nobody_splits(alice, bob, olga, ben, earn):
    """Neither for one member nor over several, neither with the sign turned nor between colleagues."""
    assert not adjust(alice, 200, olga).waits
    assert adjust(alice, 101, olga).waits
    assert adjust(bob, 101, olga).waits
    assert adjust(alice, 101, ben).waits
    assert not adjust(bob, 100, olga).waits
    earn(bob, 50)
    assert adjust(bob, -1, olga).waits
    assert not adjust(bob, -50, ben).waits
    # What two have decided counts for nobody.
    decide(PointAdjustment.objects.get(proposed_by=ben, points=101), staff(Role.ADMINISTRATOR, "Carl"))
    assert not adjust(bob, 150, ben).waits


def test_after_24_hours_it_begins_anew(alice, olga):
    adjust(alice, 300, olga)
    assert adjust(alice, 1, olga).waits
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59)):
        assert adjust(alice, 1, olga).waits
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        assert not adjust(alice, 300, olga).waits


def test_taking_back_takes_two_and_happens_once(alice, olga, ben, told):
    given = adjust(alice, 100, olga)
    spend(member_id=alice.pk, points=30, scope="test", key="x", reason="TEA-1")
    back = take_back(given, olga)
    assert back.waits
    with pytest.raises(AlreadyTakenBack):
        take_back(given, ben)
    decide(back, ben, approve=False)
    again = take_back(given, olga)
    decide(again, ben)
    again.refresh_from_db()
    assert (again.posting.kind, again.posting.undoes_id, again.posting.posted_by) == ("reverse", given.posting_id, ben)
    assert (balance_of(alice.pk).available, balance_of(alice.pk).owed) == (0, 30)
    with pytest.raises(AlreadyTakenBack):
        take_back(given, olga)
    assert [fact.points for fact in told] == [100, -100]


def test_only_what_was_given_is_taken_back(alice, olga, ben, earn):
    earn(alice, 10)
    for adjustment in (adjust(alice, -10, olga), adjust(alice, 5000, olga)):
        with pytest.raises(NotReversible):
            take_back(adjustment, ben)


def test_closed_account_is_not_adjusted_and_a_merged_one_where_it_went(alice, bob, olga, ben):
    waiting, of_bob = adjust(alice, 400, olga), adjust(bob, 500, olga)
    join_accounts(kept=alice, closed=bob, entrance="web")
    decide(of_bob, ben)
    assert balance_of(alice.pk).available == 500
    bob.refresh_from_db()
    with pytest.raises(AccountEnded):
        adjust(bob, 1, olga)
    now = timezone.now()
    AccountClosure.objects.create(member=alice, entrance="web", due_at=now, closed_at=now)
    with pytest.raises(AccountEnded):
        decide(waiting, ben)
    assert decide(waiting, ben, approve=False).approved is False


def test_of_a_merged_account_it_is_taken_back_and_of_a_closed_one_no_more(alice, bob, olga):
    given = adjust(bob, 50, olga)
    join_accounts(kept=alice, closed=bob, entrance="web")
    assert take_back(given, olga).waits
    other = adjust(alice, 60, olga)
    now = timezone.now()
    AccountClosure.objects.create(member=alice, entrance="web", due_at=now, closed_at=now)
    with pytest.raises(AccountEnded):
        take_back(other, olga)
    assert not PointAdjustment.objects.filter(takes_back=other).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda a, ben: {"approved": True, "decided_by": ben, "decided_at": timezone.now()},  # without a posting
        lambda a, ben: {"approved": False, "decided_by": a.proposed_by, "decided_at": timezone.now()},
        lambda a, ben: {"approved": False, "decided_at": timezone.now()},
        lambda a, ben: {"posting": Posting.objects.get()},  # another's
        lambda a, ben: {"points": 1},
        lambda a, ben: {"note": "something else"},
    ],
)
def test_database_refuses(alice, olga, ben, earn, change):
    adjustment = adjust(alice, 301, olga)
    earn(alice, 1)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        PointAdjustment.objects.filter(pk=adjustment.pk).update(**change(adjustment, ben))


def test_database_keeps_what_was_decided_and_lets_notes_go(alice, olga, ben):
    adjustment = decide(adjust(alice, 301, olga), ben, approve=False)
    for change in ({"approved": None, "decided_by": None, "decided_at": None}, {"decided_by": olga}):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            PointAdjustment.objects.filter(pk=adjustment.pk).update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        adjustment.delete()
    PointAdjustment.objects.filter(pk=adjustment.pk).update(note=None)
    adjustment.refresh_from_db()
    assert adjustment.note == ""


def settle() -> None:
    """What a commit would check, now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize("points", [1, 5000, -1])
def test_database_takes_no_points_by_hand_that_nobody_stands_for(alice, earn, points):
    earn(alice, 10)
    with pytest.raises(IntegrityError, match="booked with an adjustment"), transaction.atomic():
        post_one(Adjustment(member_id=alice.pk, points=points, scope=SCOPE, key="1", reason="adjustment.other"))
        settle()


def test_database_takes_nothing_back_by_hand_that_nobody_stands_for(alice, olga):
    given = adjust(alice, 100, olga)
    with pytest.raises(IntegrityError, match="booked with an adjustment"), transaction.atomic():
        reverse(posting_id=given.posting_id, scope="test", key="1", reason="test")
        settle()


@pytest.mark.parametrize("booked", [299, -300, 5000])
def test_database_refuses_a_booking_of_other_points_than_were_agreed_to(alice, olga, ben, earn, booked):
    earn(alice, 1000)
    adjustment = adjust(alice, 301, olga)
    posting = post_one(
        Adjustment(member_id=alice.pk, points=booked, scope=SCOPE, key=str(adjustment.pk), reason="adjustment.other")
    )
    said = {"approved": True, "decided_by": ben, "decided_at": timezone.now(), "posting": posting.posting_id}
    with pytest.raises(IntegrityError, match="its own key"), transaction.atomic():
        PointAdjustment.objects.filter(pk=adjustment.pk).update(**said)
    if booked > 300:  # nor is it booked alone
        with pytest.raises(IntegrityError), transaction.atomic():
            PointAdjustment.objects.create(
                **{name: getattr(adjustment, name) for name in ("member", "reason", "proposed_by")},
                points=booked,
                request_id=uuid4(),
                posting_id=posting.posting_id,
            )
    transaction.set_rollback(True)  # as the commit would


def test_database_refuses_to_take_back_something_else(alice, olga, ben, earn):
    back = take_back(adjust(alice, 100, olga), olga)
    other = earn(alice, 100)
    posting = reverse(posting_id=other.posting_id, scope=SCOPE, key=str(back.pk), reason="adjustment.other")
    said = {"approved": True, "decided_by": ben, "decided_at": timezone.now(), "posting": posting.posting_id}
    with pytest.raises(IntegrityError, match="its own key"), transaction.atomic():
        PointAdjustment.objects.filter(pk=back.pk).update(**said)


def test_note_is_sealed(alice, olga):
    adjust(alice, 1, olga, note="王小明在柜台")
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM points_pointadjustment")
        assert "王小明".encode() not in bytes(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def member(self):
        made = MemberFactory()
        yield made
        audit()

    def at_once(self, member, first, second):
        return one_after_the_other(lambda: adjust(member, 200, first), lambda: adjust(member, 200, second))

    def test_two_forms_of_one_colleague_are_counted_together(self, member):
        olga = staff(Role.SERVICE_AGENT, "Olga")
        outcome = self.at_once(member, olga, olga)
        assert outcome.waits
        assert balance_of(member.pk).available == 200

    def test_two_colleagues_at_one_member_are_counted_together(self, member):
        outcome = self.at_once(member, staff(Role.SERVICE_AGENT, "Olga"), staff(Role.BENEFITS_MANAGER, "Ben"))
        assert outcome.waits

    def test_control_without_the_lock_both_are_booked(self, member, monkeypatch):
        monkeypatch.setattr(module, "lock_people", lambda *ids: None)
        olga = staff(Role.SERVICE_AGENT, "Olga")
        outcome = self.at_once(member, olga, olga)
        assert not outcome.waits
        assert balance_of(member.pk).available == 400

    @pytest.mark.parametrize("locked", [True, False])
    def test_of_two_who_decide_at_once_one_does(self, member, monkeypatch, locked):
        olga, ben, carl = (
            staff(role, name)
            for role, name in (
                (Role.SERVICE_AGENT, "Olga"),
                (Role.BENEFITS_MANAGER, "Ben"),
                (Role.ADMINISTRATOR, "Carl"),
            )
        )
        waiting = adjust(member, 500, olga)
        if not locked:
            without_row_locks(monkeypatch, PointAdjustment)
        outcome = one_after_the_other(lambda: decide(waiting, ben), lambda: decide(waiting, carl, approve=False))
        assert isinstance(outcome, AdjustmentDecided if locked else InternalError)
        assert balance_of(member.pk).available == 500

    def test_same_form_that_takes_back_at_once_is_one(self, member):
        outcome, given = self.take_back_at_once(member)
        assert outcome == PointAdjustment.objects.get(takes_back=given)

    def test_control_without_the_lock_only_the_database_stops_the_second(self, member, monkeypatch):
        monkeypatch.setattr(module, "lock_kept_account", lambda member_id: member_id)
        outcome, _given = self.take_back_at_once(member)
        assert isinstance(outcome, IntegrityError)

    def take_back_at_once(self, member):
        olga, request = staff(Role.SERVICE_AGENT, "Olga"), uuid4()
        given = adjust(member, 20, olga)
        outcome = one_after_the_other(
            lambda: take_back(given, olga, request_id=request), lambda: take_back(given, olga, request_id=request)
        )
        return outcome, given

    def test_same_form_at_once_is_one(self, member):
        olga, request = staff(Role.SERVICE_AGENT, "Olga"), uuid4()
        outcome = one_after_the_other(
            lambda: adjust(member, 20, olga, request_id=request), lambda: adjust(member, 20, olga, request_id=request)
        )
        assert outcome == PointAdjustment.objects.get()
        assert balance_of(member.pk).available == 20
