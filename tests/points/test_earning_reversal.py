"""Points come back when what they rest on is undone; what was spent of them meanwhile is owed."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from members.actions.decide_policy_change import SamePerson
from members.actions.merge_accounts import join_accounts
from members.calendar.finding import SHANGHAI
from members.models import AccountClosure
from points.actions.accrue import accrue
from points.actions.decide_payment import NotPaid, NotWaiting, approve_payment, refuse_payment, take_back_payment
from points.actions.spend import spend
from points.consumer import earn_from_policy_events
from points.models import EarningRule, RulePayment
from points.queries import balance_of
from points.refusals import AccountEnded
from tests.factories import MemberFactory
from tests.members.accounts import staff
from tests.members.policy_log import published
from tests.points.earning import (
    NOON,
    awarded,
    happens,
    paid,
    points_of,
    policy_of,
    rule,
    served,
    told,
    whys,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def policy(carol):
    return policy_of(carol, cooling_off_ends_on=date(2028, 12, 20))


def claim(carol, policy, number="CL1"):
    told(carol, "claims.accepted", service="claims.self_service", claim_no=number, policy_no=policy.policy_no)


def test_a_claim_that_is_withdrawn(carol, policy):
    claim(carol, policy)
    claim(carol, policy, "CL2")
    for _ in range(2):
        happens("claims.withdrawn", policy_no=policy.policy_no, claim_no="CL1")
    assert points_of(carol) == 100
    gone = RulePayment.objects.get(state="taken_back")
    assert gone.taken_back_for.startswith("policy:")


def test_what_was_spent_of_it_is_owed_and_settled_by_what_is_earned_next(carol, policy):
    claim(carol, policy)
    spend(member_id=carol.pk, points=80, scope="test", key="1", reason="PHONE-10")
    happens("claims.withdrawn", policy_no=policy.policy_no, claim_no="CL1")
    assert (balance_of(carol.pk).available, balance_of(carol.pk).owed) == (0, 80)
    told(carol, "suggestion.adopted", suggestion="S1")
    assert (balance_of(carol.pk).available, balance_of(carol.pk).owed) == (120, 0)


def test_the_same_claim_never_pays_again(carol, policy):
    claim(carol, policy)
    happens("claims.withdrawn", policy_no=policy.policy_no, claim_no="CL1")
    claim(carol, policy)
    assert points_of(carol) == 0


def test_the_caps_forget_what_was_taken_back(carol, policy):
    for number in range(3):
        claim(carol, policy, f"CL{number}")
    claim(carol, policy, "CL3")
    assert paid(carol, "self_service.claim") == 300
    happens("claims.withdrawn", policy_no=policy.policy_no, claim_no="CL1")
    claim(carol, policy, "CL4")
    assert paid(carol, "self_service.claim") == 300


@pytest.mark.parametrize(("days", "left"), [(0, 0), (89, 0), (90, 50)])
def test_back_to_paper_within_90_days(carol, policy, days, left):
    earlier = NOON - timedelta(days=100)
    choose = {"policy_no": policy.policy_no}
    happens("policy_admin.notice_preference_changed", at=earlier, option_name="电子信函", **choose)
    assert points_of(carol) == 50
    back = earlier + timedelta(days=days, seconds=1 if days == 0 else 0)
    happens("policy_admin.notice_preference_changed", at=back, option_name="纸质信函", **choose)
    assert points_of(carol) == left


def test_both_in_one_batch(carol, policy):
    events = [
        published(
            type="policy_admin.notice_preference_changed", subject=policy.policy_no,
            occurred_at=NOON - timedelta(minutes=2 - n),
            data={"customer_name": "王先生", "policy_no": policy.policy_no, "option_name": option},
        )[0]
        for n, option in enumerate(["电子信函", "纸质信函"])
    ]  # fmt: skip
    earn_from_policy_events(events)
    assert (points_of(carol), RulePayment.objects.get().state) == (0, "taken_back")


def test_another_policy_is_another_matter(carol, policy):
    happens("policy_admin.notice_preference_changed", policy_no=policy.policy_no, option_name="电子信函")
    other = policy_of(carol)
    happens("policy_admin.notice_preference_changed", policy_no=other.policy_no, option_name="纸质信函")
    assert points_of(carol) == 50


def test_a_callback_pays_nothing_in_the_end_when_the_policy_is_cancelled_in_cooling_off(carol, policy):
    served(carol, "sales.callback", policy_no=policy.policy_no)
    before = balance_of(carol.pk)
    assert (before.pending, before.available) == (50, 100)  # the first self-service is spent at once
    happens("issuance.cooling_off_cancelled", policy_no=policy.policy_no)
    assert (balance_of(carol.pk).pending, balance_of(carol.pk).available) == (0, 100)


def test_a_callback_can_be_spent_when_cooling_off_is_over(carol, policy):
    served(carol, "sales.callback", policy_no=policy.policy_no)
    over = NOON.replace(year=2028, month=12, day=21, hour=0).astimezone(SHANGHAI)
    assert balance_of(carol.pk, at=over - timedelta(seconds=1)).available == 100
    assert balance_of(carol.pk, at=over).available == 150


def test_a_claim_that_is_found_false_is_taken_back_by_staff(carol, policy):
    claim(carol, policy)
    payment, approver = RulePayment.objects.get(), staff("Approver")
    take_back_payment(payment_id=payment.pk, reason="case:2026-17", by=approver)
    payment.refresh_from_db()
    assert (payment.state, payment.taken_back_by, payment.taken_back_for) == ("taken_back", approver, "case:2026-17")
    assert points_of(carol) == 0
    with pytest.raises(NotPaid):
        take_back_payment(payment_id=payment.pk, reason="case:2026-17", by=approver)


def test_a_payment_that_stayed_behind_at_a_merged_account_is_taken_back_where_its_points_went(carol, policy):
    other = MemberFactory()
    claim(carol, policy)
    claim(other, policy)
    join_accounts(kept=carol, closed=other, entrance="web")
    assert (points_of(carol), points_of(other)) == (200, 0)
    stayed = RulePayment.objects.get(member=other)
    take_back_payment(payment_id=stayed.pk, reason="case:2026-18", by=staff("Approver"))
    assert (points_of(carol), points_of(other)) == (100, 0)


def test_a_budget_gets_back_what_was_taken_back(carol, policy):
    EarningRule.objects.filter(code="self_service.claim").update(budget=100)
    claim(carol, policy)
    claim(carol, policy, "CL2")
    assert points_of(carol) == 100
    happens("claims.withdrawn", policy_no=policy.policy_no, claim_no="CL1")
    claim(carol, policy, "CL3")
    assert (points_of(carol), EarningRule.objects.get(code="self_service.claim").spent) == (100, 100)


def test_what_was_paid_comes_back_even_when_the_rule_is_switched_off(carol, policy):
    claim(carol, policy)
    EarningRule.objects.filter(code="self_service.claim").update(live=False)
    happens("claims.withdrawn", policy_no=policy.policy_no, claim_no="CL1")
    assert points_of(carol) == 0


class TestFourEyes:
    @pytest.fixture
    def waiting(self, carol):
        found = told(carol, "commitment.missed", commitment="claims.complex_decision", request_no="R1")
        assert awarded(found) == {"care.commitment_missed": 500}
        return RulePayment.objects.get()

    def test_up_to_300_is_paid_at_once(self, carol):
        told(carol, "commitment.missed", commitment="claims.payment", request_no="R1")
        assert points_of(carol) == 300

    def test_more_is_paid_when_two_people_have_said_yes(self, carol, waiting):
        ann, ben = staff("Approver"), staff("Approver")
        approve_payment(payment_id=waiting.pk, by=ann)
        assert points_of(carol) == 0
        with pytest.raises(SamePerson):
            approve_payment(payment_id=waiting.pk, by=ann)
        approve_payment(payment_id=waiting.pk, by=ben)
        waiting.refresh_from_db()
        assert (points_of(carol), waiting.state, waiting.approved_by, waiting.decided_by) == (500, "paid", ann, ben)
        with pytest.raises(NotWaiting):
            approve_payment(payment_id=waiting.pk, by=ann)

    def test_nobody_at_psql_pays_it_alone(self, carol, waiting):
        booked = accrue(member_id=carol.pk, points=500, scope="test", key="1", reason="care.commitment_missed")
        mine, ann, ben = RulePayment.objects.filter(pk=waiting.pk), staff("Approver"), staff("Approver")
        two = {"approved_by": ann, "decided_by": ben, "decided_at": NOON}
        paid = {"state": "paid", "posting": booked.posting_id}
        for alone in (paid, paid | {"approved_by": ann}, paid | {"state": "taken_back", "taken_back_at": NOON}):
            with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
                mine.update(**alone)
        mine.update(**paid, **two)
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            mine.update(decided_by=None, decided_at=None)

    def test_one_is_enough_to_say_no(self, carol, waiting):
        refuse_payment(payment_id=waiting.pk, by=staff("Approver"))
        assert points_of(carol) == 0
        again = told(carol, "commitment.missed", commitment="claims.complex_decision", request_no="R1")
        assert whys(again) == ["paid_already"]

    def test_nothing_is_paid_to_an_account_that_was_closed(self, carol, waiting):
        ann, ben = staff("Approver"), staff("Approver")
        approve_payment(payment_id=waiting.pk, by=ann)
        closing = AccountClosure.objects.create(member=carol, entrance="web", due_at=NOON, closed_at=NOON)
        with pytest.raises(AccountEnded):
            approve_payment(payment_id=waiting.pk, by=ben)
        assert points_of(carol) == 0
        refuse_payment(payment_id=waiting.pk, by=ben)
        assert closing.member.rule_payments.get().state == "refused"

    def test_what_waits_goes_along_when_accounts_are_merged_and_is_paid_once(self, carol, waiting):
        ann, ben, other = staff("Approver"), staff("Approver"), MemberFactory()
        told(other, "commitment.missed", cause=waiting.fact, commitment="claims.complex_decision", request_no="R1")
        told(other, "commitment.missed", commitment="claims.complex_decision", request_no="R2")
        same, another = RulePayment.objects.filter(member=other).order_by("pk")
        join_accounts(kept=carol, closed=other, entrance="web")
        for payment in (waiting, another):
            approve_payment(payment_id=payment.pk, by=ann)
            approve_payment(payment_id=payment.pk, by=ben)
        with pytest.raises(AccountEnded):
            approve_payment(payment_id=same.pk, by=ann)
        assert (points_of(carol), points_of(other)) == (1000, 0)

    def test_what_waits_counts_for_the_caps(self, carol, waiting):
        rule_of = EarningRule.objects.filter(code="care.commitment_missed")
        rule_of.update(cap_year=600)
        told(carol, "commitment.missed", commitment="claims.payment", request_no="R2")
        assert points_of(carol) == 100


def test_rules_of_peoples_own_take_back_by_their_own_data(carol, policy):
    rule(
        code="test.receipt", trigger="issuance.receipt_confirmed", points=20,
        reversal_trigger="policy_admin.policy_reissued", reversal_match=["event.policy_no"], reversal_days=10,
    )  # fmt: skip
    happens("issuance.receipt_confirmed", at=NOON - timedelta(days=20), policy_no=policy.policy_no)
    happens("policy_admin.policy_reissued", at=NOON, policy_no=policy.policy_no, effective_date="2026-11-29")
    assert points_of(carol) == 20
    happens("policy_admin.policy_reissued", at=NOON - timedelta(days=11), policy_no=policy.policy_no)
    assert points_of(carol) == 0
