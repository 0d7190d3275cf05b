"""What members hear about their points."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from members.models import ActionPolicy, Member
from members.roles import Role
from notifications.actions.load_catalogue import load_catalogue
from notifications.models import Message, PlatformEvent
from points.actions.accrue import accrue
from points.actions.adjust_points import decide_adjustment, propose_adjustment
from points.actions.end_redemption import fail
from points.actions.fulfil_redemption import fulfil_redemption
from points.actions.load_rewards import load_rewards
from points.actions.open_hold import open_hold
from points.actions.tell_of_points import tell_of_earnings, tell_of_expiry
from points.events import points_expiring
from points.models import Redemption, Reward
from points.terms import SHANGHAI
from tests.members.accounts import staff
from tests.points.reward_cast import DONATE, PHONE, TELEDOC, fill_pool, give_back, make_project, redeem, redeemer

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue():
    load_catalogue()
    load_rewards()


@pytest.fixture
def member(catalogue):
    return redeemer(points=10_000)


def told(member) -> dict[str, dict[str, object]]:
    return {event.code: event.data for event in PlatformEvent.objects.filter(member=member)}


def bodies(member, code: str) -> set[str]:
    return set(Message.objects.filter(member=member, event_type_id=code).values_list("body", flat=True))


def test_top_up_is_told_when_it_is_asked_for_and_when_it_fails(member):
    redemption = redeem(member, PHONE)
    said = told(member)
    assert set(said) == {"points.redeemed"}
    assert (said["points.redeemed"]["points"], said["points.redeemed"]["balance"]) == (1000, 9000)
    assert any("手机话费10元" in body for body in bodies(member, "points.redeemed"))
    fail(redemption, Redemption.Failure.REFUSED)
    said = told(member)
    assert set(said) == {"points.redeemed", "reward.failed"}
    assert said["reward.failed"]["reward_name"] == "手机话费10元"


def test_code_that_is_there_at_once_is_told_once(member):
    fill_pool(TELEDOC, "A")
    redeem(member, TELEDOC)
    assert set(told(member)) == {"points.redeemed"}
    assert Reward.objects.get(sku=TELEDOC).fulfilment == Reward.Fulfilment.VOUCHER_POOL


def test_what_is_told_is_in_the_members_language(member):
    member.language = "en"
    member.save(update_fields=["language"])
    redeem(member, PHONE)
    assert told(member)["points.redeemed"]["reward_name"] == "Phone credit CNY 10"


def test_expiry_is_told_thirty_days_before_and_seven(catalogue):
    member = redeemer(points=0)
    ends = datetime(2101, 1, 1, tzinfo=SHANGHAI)
    with time_machine.travel(ends - timedelta(days=60), tick=False) as clock:
        accrue(member_id=member.pk, points=70, scope="t", key="1", reason="daily.quiz", expires_at=ends)
        accrue(member_id=member.pk, points=50, scope="t", key="2", reason="daily.quiz")
        open_hold(member_id=member.pk, points=10, scope="t", key="h", reason="X", expires_at=ends)
        assert tell_of_expiry(at=timezone.now()) == 0
        for before, times in ((30, 1), (29, 1), (26, 1), (7, 2), (6, 2), (3, 2)):
            clock.move_to(ends - timedelta(days=before))
            tell_of_expiry(at=timezone.now())
            assert PlatformEvent.objects.filter(member=member, code="points.expiring_30d").count() == times, before
    assert told(member)["points.expiring_30d"] == {
        "customer_name": "王小明",
        "points": 60,
        "expires_on": "2100-12-31",
    }


def test_one_who_cannot_be_told_keeps_nobody_else_from_it(catalogue, member):
    def stumble(fact, **_):
        raise RuntimeError

    ends = timezone.now() + timedelta(days=7)
    for who in (member, redeemer(points=0)):
        accrue(member_id=who.pk, points=70, scope="t", key=f"{who.pk}", reason="daily.quiz", expires_at=ends)
    points_expiring.connect(stumble)
    try:
        assert tell_of_expiry(at=timezone.now()) == 2
    finally:
        points_expiring.disconnect(stumble)
    assert PlatformEvent.objects.filter(code="points.expiring_30d").count() == 2


def test_what_was_earned_is_told_once_a_month(catalogue):
    member = redeemer(points=0)
    for key, points in (("1", 70), ("2", 50)):
        accrue(member_id=member.pk, points=points, scope="t", key=key, reason="daily.quiz")
    now = timezone.now().astimezone(SHANGHAI)
    next_month = (now.replace(day=1) + timedelta(days=32)).replace(day=2, hour=10)
    assert tell_of_earnings(at=now.replace(day=1)) == 0
    for _ in range(2):
        assert tell_of_earnings(at=next_month) == 1
    (event,) = PlatformEvent.objects.filter(member=member, code="points.earned")
    assert (event.key, event.data["points"], event.data["balance"]) == (f"{member.pk}:{now:%Y-%m}", 120, 120)
    assert tell_of_earnings(at=next_month + timedelta(days=32)) == 0


@pytest.mark.parametrize(
    ("reason", "said"), [("goodwill", "关怀"), ("fraud", "我们的工作人员作了更正"), ("other", "我们的工作人员作了更正")]
)
def test_adjustment_is_told_with_a_reason_that_is_for_the_member(member, reason, said):
    by = staff(Role.BENEFITS_MANAGER)
    propose_adjustment(member=member, points=-20, reason=reason, note="看起来像欺诈", request_id=uuid4(), by=by)
    data = told(member)["points.adjusted"]
    assert (data["points"], data["balance"]) == (-20, 9980)
    assert said in data["reason"]
    assert not any("欺诈" in body for body in bodies(member, "points.adjusted"))


@pytest.mark.parametrize(
    ("language", "points", "said"),
    [
        ("zh-hans", -1_000, "您的榕豆扣除了1,000颗"),
        ("zh-hans", 1_500, "您的榕豆增加了1,500颗"),
        ("en", -1_000, "taken 1,000 points from your account"),
        ("en", 1_500, "added 1,500 points to your account"),
    ],
)
def test_adjustment_says_whether_points_were_given_or_taken(member, language, points, said):
    Member.objects.filter(pk=member.pk).update(language=language)
    by, second = staff(Role.BENEFITS_MANAGER), staff(Role.BENEFITS_MANAGER)
    proposed = propose_adjustment(member=member, points=points, reason="fault", note="", request_id=uuid4(), by=by)
    decide_adjustment(adjustment_id=proposed.pk, approve=True, by=second)
    assert any(said in body and f"{10_000 + points:,}" in body for body in bodies(member, "points.adjusted"))


def test_donation_is_told_as_one(member):
    redeem(member, DONATE, project_id=make_project().pk)
    assert set(told(member)) == {"points.donated"}
    assert any("您已将100颗榕豆捐给“乡村图书室”，剩余9,900颗" in body for body in bodies(member, "points.donated"))


def test_donation_that_is_held_back_is_told_when_it_is_asked_for_and_when_it_is_made(member):
    ActionPolicy.objects.create(
        action="points.donate", level=2, factors=["code"], entrances=["web"], hold_hours=24, approved_at=timezone.now()
    )
    redemption = redeem(member, DONATE, project_id=make_project().pk)
    assert set(told(member)) == {"points.redeemed"}
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        fulfil_redemption(redemption_id=redemption.pk)
    assert set(told(member)) == {"points.redeemed", "points.donated"}


def test_adjustment_that_two_people_stood_for_is_told_when_the_second_has_said_yes(member):
    by, second = staff(Role.BENEFITS_MANAGER), staff(Role.BENEFITS_MANAGER)
    proposed = propose_adjustment(member=member, points=400, reason="fault", note="", request_id=uuid4(), by=by)
    assert "points.adjusted" not in told(member)
    decide_adjustment(adjustment_id=proposed.pk, approve=True, by=second)
    assert told(member)["points.adjusted"]["balance"] == 10_400


@pytest.mark.parametrize(("reason", "said"), [("no_good", "无法使用"), ("other", "我们的工作人员作了更正")])
def test_what_is_given_back_is_told_with_the_reward_and_why(member, reason, said):
    fill_pool(TELEDOC, "A")
    redemption = redeem(member, TELEDOC)
    give_back(redemption, 300, reason=reason)
    data = told(member)["points.refunded"]
    assert (data["points"], data["balance"]) == (300, 9_500)
    assert redemption.reward.name_zh in data["refund_reason"] and said in data["refund_reason"]
    give_back(redemption, 500, reason=reason)
    assert PlatformEvent.objects.filter(member=member, code="points.refunded").count() == 2
    assert not any("客户来电" in body for body in bodies(member, "points.refunded"))
