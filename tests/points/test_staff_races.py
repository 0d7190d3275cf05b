"""Two who decide about the same thing at once: one does. Each lock has its control, without which it ends otherwise."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError
from django.utils import timezone

from members.roles import Role
from points.actions import import_voucher_codes as importing
from points.actions.cancel_redemption import cancel_redemption
from points.actions.change_reward import Restock, change_reward
from points.actions.decide_campaign import decide_campaign
from points.actions.decide_rule_change import decide_rule_change
from points.actions.draft_campaign import draft_campaign, propose_campaign, revise_campaign
from points.actions.draft_rule_change import draft_rule_change, propose_rule_change, revise_rule_change
from points.actions.fulfil_redemption import settle
from points.actions.import_voucher_codes import import_voucher_codes
from points.actions.load_rewards import load_rewards
from points.actions.proposals import AlreadyDecided, NotADraft
from points.actions.settle_redemption import settle_redemption
from points.auditing import audit
from points.models import EarningCampaign, Redemption, Reward, RuleChange, VoucherCode
from points.queries import balance_of
from points.refusals import HoldEnded
from points.rewards.providers import Answer, Outcome
from points.rewards.refusals import NotInDoubt, TooLateToCancel
from tests.locks import without_row_locks
from tests.members.accounts import staff
from tests.points.earning import rule, terms
from tests.points.reward_cast import PHONE, TELEDOC, change, hold_back, in_doubt, redeem, redeemer
from tests.points.test_ledger_at_once import one_after_the_other

pytestmark = pytest.mark.django_db(transaction=True)
locked_or_not = pytest.mark.parametrize("locked", [True, False])
State = Redemption.State


@pytest.fixture
def rewards():
    load_rewards()
    yield
    audit()


@pytest.fixture
def managers():
    return staff(Role.BENEFITS_MANAGER, "Ann"), staff(Role.BENEFITS_MANAGER, "Ben"), staff(Role.ADMINISTRATOR, "Carl")


@pytest.mark.usefixtures("rewards")
class TestRedemptions:
    @pytest.fixture
    def doubtful(self):
        return in_doubt()

    def answer(self, redemption, outcome):
        answer = Answer(outcome, "T1")
        return settle(redemption_id=redemption.pk, attempt=redemption.attempts, answer=answer, is_new=False)

    def end(self, redemption, delivered, by):
        return settle_redemption(
            redemption_id=redemption.pk, delivered=delivered, by=by, because="Called them", provider_reference="T1"
        )

    def ended_as(self, redemption):
        redemption.refresh_from_db()
        return redemption.state, balance_of(redemption.member_id).available

    @locked_or_not
    def test_an_answer_that_comes_while_staff_settle_it_changes_nothing(self, doubtful, managers, monkeypatch, locked):
        if not locked:
            without_row_locks(monkeypatch, Redemption)
        outcome = one_after_the_other(
            lambda: self.end(doubtful, False, managers[0]), lambda: self.answer(doubtful, Outcome.DELIVERED)
        )
        assert outcome is None if locked else isinstance(outcome, HoldEnded)
        assert self.ended_as(doubtful) == (State.FAILED, 10_000)

    @locked_or_not
    def test_of_two_who_settle_it_one_does(self, doubtful, managers, monkeypatch, locked):
        if not locked:
            without_row_locks(monkeypatch, Redemption)
        outcome = one_after_the_other(
            lambda: self.end(doubtful, True, managers[0]), lambda: self.end(doubtful, False, managers[1])
        )
        assert isinstance(outcome, NotInDoubt if locked else HoldEnded)
        assert self.ended_as(doubtful) == (State.DELIVERED, 9_000)

    @locked_or_not
    def test_called_off_twice_it_is_called_off_once(self, doubtful, monkeypatch, locked):
        change(PHONE, stock=3)
        hold_back()
        redemption = redeem(member := redeemer(), PHONE)
        if not locked:
            without_row_locks(monkeypatch, Redemption)
        outcome = one_after_the_other(*[lambda: cancel_redemption(member=member, redemption_id=redemption.pk)] * 2)
        assert isinstance(outcome, TooLateToCancel if locked else DatabaseError)
        assert Reward.objects.get(sku=PHONE).stock == 3


@pytest.mark.usefixtures("rewards")
@pytest.mark.parametrize(("locked", "stock"), [(True, 6), (False, 4)])
def test_two_who_stock_up_at_once_have_both_done_so(managers, monkeypatch, locked, stock):
    phone = change(PHONE, stock=3)
    if not locked:
        without_row_locks(monkeypatch, Reward)
    ann, ben, _ = managers
    one_after_the_other(
        lambda: change_reward(reward=phone, fields={}, prices={}, by=ann, restock=Restock(3, 5)),
        lambda: change_reward(reward=phone, fields={}, prices={}, by=ben, restock=Restock(3, 4)),
    )
    assert Reward.objects.get(sku=PHONE).stock == stock


class TestRules:
    @pytest.fixture
    def people(self):
        return staff("Marketing editor"), staff("Approver"), staff("Approver")

    def drafted(self, by):
        return draft_rule_change(terms=terms(), reason="消保宣传", by=by)

    def campaign(self, by, **other):
        rule()
        return draft_campaign(terms=self.of_campaign(**other), reason="客服节", by=by)

    def of_campaign(self, **other):
        now = timezone.now()
        return {
            "name_zh": "双倍", "name_en": "Double", "multiplier": Decimal(2), "rules": ["test.quiz"],
            "starts_at": now, "ends_at": now + timedelta(days=7), "budget": None,
        } | other  # fmt: skip

    @locked_or_not
    def test_of_two_who_decide_about_a_rule_one_does(self, people, monkeypatch, locked):
        ann, ben, carl = people
        change = propose_rule_change(change_id=self.drafted(ann).pk, by=ann)
        if not locked:
            without_row_locks(monkeypatch, RuleChange)
        outcome = one_after_the_other(
            lambda: decide_rule_change(change_id=change.pk, approve=False, by=ben, remark="无预算"),
            lambda: decide_rule_change(change_id=change.pk, approve=True, by=carl),
        )
        assert isinstance(outcome, AlreadyDecided if locked else DatabaseError)
        assert RuleChange.objects.get().decided_by == ben

    @locked_or_not
    def test_what_is_proposed_is_not_revised_at_the_same_moment(self, people, monkeypatch, locked):
        ann, *_ = people
        change = self.drafted(ann)
        if not locked:
            without_row_locks(monkeypatch, RuleChange)
        outcome = one_after_the_other(
            lambda: propose_rule_change(change_id=change.pk, by=ann),
            lambda: revise_rule_change(change_id=change.pk, terms=terms(points=50), reason="", by=ann),
        )
        assert isinstance(outcome, NotADraft if locked else DatabaseError)
        assert RuleChange.objects.get().points == 5

    @locked_or_not
    def test_of_two_who_decide_about_a_campaign_one_does(self, people, monkeypatch, locked):
        ann, ben, carl = people
        campaign = propose_campaign(campaign_id=self.campaign(ann).pk, by=ann)
        if not locked:
            without_row_locks(monkeypatch, EarningCampaign)
        outcome = one_after_the_other(
            lambda: decide_campaign(campaign_id=campaign.pk, approve=False, by=ben, remark="无预算"),
            lambda: decide_campaign(campaign_id=campaign.pk, approve=True, by=carl),
        )
        assert isinstance(outcome, AlreadyDecided if locked else DatabaseError)
        assert EarningCampaign.objects.get().decided_by == ben

    @locked_or_not
    def test_a_campaign_that_is_proposed_is_not_revised_at_the_same_moment(self, people, monkeypatch, locked):
        ann, *_ = people
        campaign = self.campaign(ann)
        if not locked:
            without_row_locks(monkeypatch, EarningCampaign)
        other = self.of_campaign(multiplier=Decimal(9))
        outcome = one_after_the_other(
            lambda: propose_campaign(campaign_id=campaign.pk, by=ann),
            lambda: revise_campaign(campaign_id=campaign.pk, terms=other, reason="", by=ann),
        )
        assert isinstance(outcome, NotADraft if locked else DatabaseError)
        assert EarningCampaign.objects.get().multiplier == 2


@pytest.mark.usefixtures("rewards")
@locked_or_not
def test_a_code_in_two_files_at_once_is_taken_from_one(managers, monkeypatch, locked):
    def bring(content, by):
        reward = Reward.objects.get(sku=TELEDOC)
        return import_voucher_codes(reward=reward, file=io.BytesIO(content), file_name="codes.csv", by=by)

    def second():
        if not locked:
            monkeypatch.setattr(importing, "IMPORT_LOCK", importing.IMPORT_LOCK + 1)
        return bring(b"code\nA\nC\n", managers[1])

    outcome = one_after_the_other(lambda: bring(b"code\nA\nB\n", managers[0]), second)
    if locked:
        assert (outcome.added, outcome.duplicates) == (1, 1)
    else:
        assert isinstance(outcome, IntegrityError)
    assert VoucherCode.objects.count() == (3 if locked else 2)
