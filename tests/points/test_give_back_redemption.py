"""What a delivered reward cost is given back by two of the staff: never more than it was, and never by one alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from members.actions.decide_policy_change import SamePerson
from members.actions.merge_accounts import join_accounts
from members.actions.serve_member import OwnAccount
from members.models import AccountClosure, Member
from members.roles import Role
from points.actions import give_back_redemption as module
from points.actions.fulfil_redemption import settle
from points.actions.give_back_redemption import (
    AlreadyProposed,
    NothingToGiveBack,
    OnlyWhole,
    decide_giving_back,
    propose_giving_back,
)
from points.actions.lapse_lots import lapse_lots
from points.actions.load_rewards import load_rewards
from points.actions.proposals import AlreadyDecided
from points.actions.show_voucher import show_voucher
from points.actions.undo import refund
from points.auditing import audit
from points.events import RewardGivenBack, reward_given_back
from points.models import GivingBack, Posting, Redemption, Reward, VoucherCode
from points.own_data import erase_redemptions, export_redemptions
from points.queries import balance_of
from points.refusals import AccountEnded, KeyConflict, MoreThanWasTaken, PointsNotPositive, PointsNotWhole
from points.rewards.history import redeemed
from points.rewards.providers import Answer, Outcome
from points.rewards.refusals import LimitReached, NotDelivered
from tests.factories import MemberFactory
from tests.locks import without_row_locks
from tests.members.accounts import AT_WEB, staff
from tests.points.reward_cast import (
    DONATE,
    PHONE,
    TELEDOC,
    change,
    earn,
    fill_pool,
    make_project,
    redeem,
    redeemer,
)
from tests.points.test_ledger_at_once import one_after_the_other
from tests.points.test_rewards_refuse import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]
State = Redemption.State


@pytest.fixture
def olga():
    """Serves members, and may propose."""
    return staff(Role.SERVICE_AGENT, "Olga")


@pytest.fixture
def ben():
    """Manages rewards: proposes and decides."""
    return staff(Role.BENEFITS_MANAGER, "Ben")


@pytest.fixture
def told():
    facts = []
    reward_given_back.connect(note := lambda fact, **_: facts.append(fact))
    yield facts
    reward_given_back.disconnect(note)


def delivered(member=None, sku=PHONE) -> Redemption:
    redemption = redeem(member or redeemer(), sku)
    redemption.refresh_from_db()
    answer = Answer(Outcome.DELIVERED, "T1")
    settle(redemption_id=redemption.pk, attempt=redemption.attempts, answer=answer, is_new=True)
    redemption.refresh_from_db()
    return redemption


@pytest.fixture
def topped_up():
    """Of 10,000 points 1,000 were taken for it; the provider says that it was delivered."""
    yield delivered()
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        audit()


def propose(redemption, by, points=None, **other) -> GivingBack:
    about = {"reason": "not_delivered", "note": "客户说没有收到", "request_id": uuid4()}
    return propose_giving_back(
        redemption_id=redemption.pk, points=redemption.points if points is None else points, by=by, **about | other
    )


def decide(giving_back, by, approve=True) -> GivingBack:
    """Who rejects says why."""
    remark = "" if approve else "先问供应商"
    return decide_giving_back(giving_back_id=giving_back.pk, approve=approve, by=by, remark=remark)


def available(redemption) -> int:
    return balance_of(redemption.member_id).available


def test_two_give_it_back(topped_up, olga, ben, told):
    proposed = propose(topped_up, olga)
    assert (proposed.state, available(topped_up), told) == ("proposed", 9_000, [])
    decided = decide(proposed, ben)
    topped_up.refresh_from_db()
    assert (topped_up.state, topped_up.given_back, available(topped_up)) == (State.DELIVERED, 1_000, 10_000)
    assert (decided.state, decided.decided_by) == ("approved", ben)
    posting = decided.posting
    assert (posting.kind, posting.scope, posting.key, posting.reason, posting.posted_by) == (
        *("refund", "giving_back", str(proposed.pk), "giving_back.not_delivered"),
        ben,
    )
    assert told == [RewardGivenBack(proposed.pk, topped_up.pk, topped_up.member_id, PHONE, 1_000)]


def test_small_ones_take_two_as_well(topped_up, olga):
    assert propose(topped_up, olga, 1).state == "proposed"
    assert available(topped_up) == 9_000


def test_in_parts_up_to_the_whole_and_no_further(topped_up, olga, ben):
    decide(propose(topped_up, olga, 400), ben)
    for many in (601, 1_000):
        with pytest.raises(MoreThanWasTaken):
            propose(topped_up, olga, many)
    decide(propose(topped_up, olga, 600), ben)
    topped_up.refresh_from_db()
    assert (topped_up.given_back, available(topped_up)) == (1_000, 10_000)
    with pytest.raises(NothingToGiveBack):
        propose(topped_up, olga, 1)


def test_refused_it_books_nothing_and_may_be_proposed_again(topped_up, olga, ben, told):
    decide(propose(topped_up, olga), ben, approve=False)
    assert (available(topped_up), told) == (9_000, [])
    decide(propose(topped_up, olga), ben)
    assert available(topped_up) == 10_000


def test_one_proposal_at_a_time(topped_up, olga, ben):
    propose(topped_up, olga, 400)
    with pytest.raises(AlreadyProposed):
        propose(topped_up, ben, 400)


def test_nobody_decides_their_own_proposal_nor_twice(topped_up, ben):
    proposed = propose(topped_up, ben)
    with pytest.raises(SamePerson):
        decide(proposed, ben)
    carl = staff(Role.ADMINISTRATOR, "Carl")
    decide(proposed, carl)
    with pytest.raises(AlreadyDecided) as late:
        decide(proposed, staff(Role.BENEFITS_MANAGER, "Bea"), approve=False)
    assert late.value.proposal.decided_by == carl
    assert available(topped_up) == 10_000


def test_nobody_gives_back_to_themselves(topped_up, olga):
    own = topped_up.member
    own.is_staff = True
    own.save()
    own.groups.add(Group.objects.get(name=Role.BENEFITS_MANAGER))
    with pytest.raises(OwnAccount):
        propose(topped_up, own)
    with pytest.raises(OwnAccount):
        decide(propose(topped_up, olga), own)
    assert available(topped_up) == 9_000


def test_who_may_not(topped_up, olga, ben):
    proposed = propose(topped_up, ben)
    for attempt in (
        lambda: decide(proposed, olga),
        lambda: propose(topped_up, staff(Role.ANALYST, "Ana")),
        lambda: propose(topped_up, staff(Role.APPROVER, "Ann")),
        lambda: propose(topped_up, topped_up.member),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


@pytest.mark.parametrize(("points", "refusal"), [(0, PointsNotPositive), (1.0, PointsNotWhole)])
def test_points_that_are_none(topped_up, olga, points, refusal):
    with pytest.raises(refusal):
        propose(topped_up, olga, points)


def test_only_what_was_delivered(olga):
    with pytest.raises(NothingToGiveBack):
        propose(redeem(redeemer(), PHONE), olga)


def test_form_sent_twice_is_one(topped_up, olga, ben):
    request = uuid4()
    first = propose(topped_up, olga, request_id=request)
    assert propose(topped_up, olga, request_id=request) == first
    with pytest.raises(KeyConflict):
        propose(topped_up, olga, 7, request_id=request)
    decide(first, ben)
    assert propose(topped_up, olga, request_id=request) == first
    assert available(topped_up) == 10_000


def test_a_code_given_back_is_withdrawn_and_nobody_gets_it(olga, ben):
    fill_pool(TELEDOC, "A")
    alice = redeemer()
    redemption = redeem(alice, TELEDOC)
    decide(propose(redemption, olga, 300, reason="no_good"), ben)
    assert show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB).code == "A"
    decide(propose(redemption, olga, 500, reason="no_good"), ben)
    voucher = VoucherCode.objects.get()
    assert (voucher.state, voucher.redemption) == ("spoiled", redemption)
    with pytest.raises(NotDelivered):
        show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB)
    found = redeemed(member=alice, redemption_id=redemption.pk)
    assert (found.has_code, found.is_given_back) == (False, True)


@pytest.mark.parametrize(("reason", "left"), [("called_off", 5), ("not_delivered", 4)])
def test_only_what_was_not_used_is_there_for_others(olga, ben, reason, left):
    change(PHONE, stock=5)
    decide(propose(delivered(), olga, reason=reason), ben)
    assert Reward.objects.get(sku=PHONE).stock == left


def test_a_part_brings_nothing_back_to_the_stock(olga, ben):
    change(PHONE, stock=5)
    decide(propose(delivered(), olga, 10, reason="called_off"), ben)
    assert Reward.objects.get(sku=PHONE).stock == 4


def test_a_donation_is_given_back_whole_and_its_certificate_is_void(olga, ben):
    alice = redeemer()
    redemption = redeem(alice, DONATE, project_id=make_project().pk)
    with pytest.raises(OnlyWhole):
        propose(redemption, olga, 1)
    decide(propose(redemption, olga, reason="booked_twice"), ben)
    found = redeemed(member=alice, redemption_id=redemption.pk)
    assert (found.certificate_no, found.amount, balance_of(alice.pk).available) == ("", None, 10_000)


def test_a_copy_tells_donations_from_those_given_back(olga, ben):
    alice, project = redeemer(), make_project()
    given, other = (redeem(alice, DONATE, project_id=project.pk) for _ in range(2))
    decide(propose(given, olga, reason="booked_twice"), ben)
    copied = {
        section.title: [row["certificate_no"] for row in section.rows if "certificate_no" in row]
        for section in export_redemptions(alice)
    }
    assert copied["捐赠"] == [other.donation.certificate_no]
    assert copied["已退还的捐赠（证书作废）"] == [given.donation.certificate_no]


def test_what_was_given_back_counts_for_no_limit(olga, ben):
    change(PHONE, limit_count=1, limit_period="lifetime")
    redemption = delivered()
    decide(propose(redemption, olga, 999), ben)
    with pytest.raises(LimitReached):
        redeem(redemption.member, PHONE)
    decide(propose(redemption, olga, 1), ben)
    assert redeem(redemption.member, PHONE)


def test_points_that_have_expired_since_are_good_for_a_while(olga, ben):
    soon = timezone.now() + timedelta(days=2)
    alice = redeemer(0)
    earn(alice, 1_000, expires_at=soon)
    redemption = delivered(alice)
    with time_machine.travel(soon + timedelta(days=1)):
        lapse_lots()
        decide(propose(redemption, olga), ben)
        assert balance_of(alice.pk).available == 1_000


def test_merged_it_comes_to_the_kept_account_closed_to_nobody(topped_up, olga, ben):
    kept, closed = MemberFactory(), topped_up.member
    proposed = propose(topped_up, olga)
    join_accounts(kept=kept, closed=closed, entrance="web")
    decide(proposed, ben)
    assert balance_of(kept.pk).available == 10_000
    other = delivered()
    waiting = propose(other, olga)
    now = timezone.now()
    AccountClosure.objects.create(member=other.member, entrance="web", due_at=now, closed_at=now)
    with pytest.raises(AccountEnded):
        decide(waiting, ben)
    assert decide(waiting, ben, approve=False).state == "rejected"


def test_note_is_sealed_and_goes_with_the_account(topped_up, olga):
    proposed = propose(topped_up, olga, note="王小明来电")
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM points_givingback")
        assert "王小明".encode() not in bytes(cursor.fetchone()[0])
    erase_redemptions(topped_up.member)
    proposed.refresh_from_db()
    assert not proposed.note


class TestWhoeverWrites:
    def test_nothing_is_refunded_without_two(self, topped_up, olga):
        propose(topped_up, olga)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            with pytest.raises(DatabaseError, match="by two people"), transaction.atomic():  # noqa: PT012
                refund(posting_id=topped_up.hold.posting_id, points=1, scope="psql", key="1", reason="x")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("given_back = 1", "two have agreed to"),
            ("given_back = 1001", "gives_back_what_it_took"),
            ("given_back = -1", "gives_back_what_it_took"),
        ],
    )
    def test_a_redemption_says_what_two_have_agreed_to(self, topped_up, change, said):
        assert said in refused(f"UPDATE points_redemption SET {change}")

    def test_of_what_is_on_its_way_nothing_is_given_back(self, olga):
        redemption = redeem(redeemer(), PHONE)
        with pytest.raises(DatabaseError, match="what was delivered"), transaction.atomic():
            GivingBack.objects.create(
                redemption=redemption, points=1, reason="other", request_id=uuid4(), proposed_by=olga
            )

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("state = 'approved', decided_by_id = {ben}, decided_at = now()", "booked_when_decided"),
            ("state = 'rejected', decided_by_id = {olga}, decided_at = now()", "takes_two"),
            ("state = 'rejected', decided_by_id = {alice}, decided_at = now()", "by nobody to themselves"),
            ("state = 'rejected', decided_at = now()", "booked_when_decided"),
            (
                "state = 'approved', decided_by_id = {ben}, decided_at = now(), posting_id = {posting}",
                "under its own key",
            ),
            ("points = 2", "Cannot update"),
            ("note = 'x'::bytea", "Cannot update"),
        ],
    )
    def test_a_proposal_is_decided_by_another_and_booked(self, topped_up, olga, ben, change, said):
        propose(topped_up, olga, 1)
        ids = {
            "ben": ben.pk,
            "olga": olga.pk,
            "alice": topped_up.member_id,
            "posting": Posting.objects.order_by("pk").last().pk,
        }
        assert said in refused(f"UPDATE points_givingback SET {change.format(**ids)}")

    def test_what_was_decided_stays(self, topped_up, olga, ben):
        decide(propose(topped_up, olga), ben)
        for other in ("state = 'rejected', posting_id = NULL", "decided_at = now()", "remark = 'x'"):
            assert "Cannot update" in refused(f"UPDATE points_givingback SET {other}")
        assert "Cannot" in refused("DELETE FROM points_givingback")
        assert "never emptied" in refused("TRUNCATE points_givingback CASCADE")

    def test_a_code_is_withdrawn_with_all_of_its_points_and_not_before(self, olga, ben):
        fill_pool(TELEDOC, "A")
        redemption = redeem(redeemer(), TELEDOC)
        proposed = propose(redemption, olga, 300)
        assert "stays with" in refused("UPDATE points_vouchercode SET state = 'spoiled'")
        decide(proposed, ben)
        assert "stays with" in refused("UPDATE points_vouchercode SET state = 'spoiled'")
        decide(propose(redemption, olga, 500), ben)
        for other in ("state = 'assigned'", "state = 'available', redemption_id = NULL", "redemption_id = NULL"):
            assert "stays with" in refused(f"UPDATE points_vouchercode SET {other}")

    def test_a_code_does_not_stay_usable_when_all_is_given_back(self, olga, ben, monkeypatch):
        fill_pool(TELEDOC, "A")
        redemption = redeem(redeemer(), TELEDOC)
        proposed = propose(redemption, olga)
        monkeypatch.setattr(module, "give_up", lambda *_: None)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            with pytest.raises(DatabaseError, match="or its code with them"), transaction.atomic():  # noqa: PT012
                decide(proposed, ben)
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture(autouse=True)
    def rewards(self):
        load_rewards()
        yield
        audit()

    @pytest.fixture
    def people(self):
        return staff(Role.SERVICE_AGENT, "Olga"), staff(Role.BENEFITS_MANAGER, "Ben"), staff(Role.ADMINISTRATOR, "Carl")

    def test_of_two_who_propose_one_does(self, people):
        olga, ben, _carl = people
        redemption = delivered()
        outcome = one_after_the_other(lambda: propose(redemption, olga), lambda: propose(redemption, ben))
        assert isinstance(outcome, AlreadyProposed)

    def test_control_without_the_lock_only_the_database_stops_the_second(self, people, monkeypatch):
        olga, ben, _carl = people
        redemption = delivered()
        unlocked = Redemption.objects.select_related("reward", "member")
        monkeypatch.setattr(module, "locked_with_its_member", lambda pk: unlocked.get(pk=pk))
        outcome = one_after_the_other(lambda: propose(redemption, olga), lambda: propose(redemption, ben))
        assert isinstance(outcome, IntegrityError) and "one_open" in str(outcome)

    @pytest.mark.parametrize("locked", [True, False])
    def test_of_two_who_decide_one_does(self, people, monkeypatch, locked):
        olga, ben, carl = people
        redemption = delivered()
        waiting = propose(redemption, olga)
        if not locked:
            without_row_locks(monkeypatch, Redemption, Member)
        outcome = one_after_the_other(lambda: decide(waiting, ben), lambda: decide(waiting, carl, approve=False))
        assert isinstance(outcome, AlreadyDecided if locked else DatabaseError)
        assert available(redemption) == 10_000

    def test_who_decides_waits_for_a_merger_and_gives_to_the_kept_account(self, people):
        olga, ben, _carl = people
        redemption, kept = delivered(), MemberFactory()
        waiting = propose(redemption, olga)
        closed = Member.objects.get(pk=redemption.member_id)
        outcome = one_after_the_other(
            lambda: join_accounts(kept=kept, closed=closed, entrance="web"), lambda: decide(waiting, ben)
        )
        assert outcome.state == "approved"
        assert balance_of(kept.pk).available == 10_000
