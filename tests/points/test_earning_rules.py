"""Each of the catalogue's 24 rules pays what the catalogue says, to whom it says, once."""

import tomllib
from datetime import date, timedelta

import pytest
import time_machine

from members.actions.raise_membership_events import raise_membership_event
from members.actions.record_account_event import record_account_event
from members.actions.register_member import register_member
from members.catalogue import rows
from members.entrances import Entrance
from members.events import IdentityVerified, WeChatLinked, identity_verified, wechat_linked
from members.models import AccountEvent, LevelGrant, MembershipEvent
from members.origin import Origin
from points.actions.load_earning_rules import FILE, load_earning_rules, shipped_terms
from points.models import EarningRule, Posting, RulePayment
from tests.factories import MemberFactory
from tests.members.accounts import advanced, verified
from tests.points.earning import (
    NOON,
    awarded,
    happens,
    paid,
    points_of,
    policy_of,
    served,
    told,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
Code = MembershipEvent.Code


def test_every_rule_of_the_catalogue_is_there_as_the_catalogue_has_it():
    for row in rows("earning_rules"):
        rule = EarningRule.objects.get(code=row["code"])
        assert (rule.name_zh, rule.name_en, rule.group, rule.trigger) == (
            row["name_zh"], row["name_en"], row["group"], row["trigger_event"],
        )  # fmt: skip
        assert (rule.source, rule.points) == (row["points_source"], int(row["points"]) if row["points"] else None)
        for cap in ("cap_day", "cap_month", "cap_year", "cap_lifetime"):
            assert getattr(rule, cap) == (int(row[cap]) if row[cap] else None), row["code"]
    assert EarningRule.objects.filter(live=True).count() == 24


def test_the_conditions_were_written_for_these_words():
    """When the catalogue's words change, the conditions have to be looked at anew."""
    prose = {code: rule["prose"] for code, rule in tomllib.loads(FILE.read_text(encoding="utf-8")).items()}
    assert prose == {row["code"]: row["conditions"] for row in rows("earning_rules")}


def test_loading_again_changes_nothing_and_keeps_what_people_decided():
    loaded = load_earning_rules()
    assert (loaded.created, loaded.updated, loaded.differences) == (0, 0, [])
    assert len(shipped_terms()) == 24


def test_registering():
    alice = register_member(mobile="+8613712345678", origin=Origin(entrance=Entrance.WEB))
    assert (paid(alice, "identity.register"), points_of(alice)) == (50, 50)


def test_wechat_once_whatever_is_unbound_and_bound_again(alice):
    for _ in range(2):
        event = record_account_event(member=alice, kind=AccountEvent.Kind.LINKED, entrance=Entrance.WEB)
        wechat_linked.send(WeChatLinked, fact=WeChatLinked(member_id=alice.pk, key=f"account_event:{event.pk}"))
    assert points_of(alice) == 50


@pytest.mark.parametrize(
    ("code", "trigger", "period", "points"),
    [
        ("identity.profile", Code.PROFILE_COMPLETED, "", 50),
        ("daily.sign_in", Code.SIGNED_IN_DAILY, "2026-11-29", 1),
        ("care.birthday", Code.BIRTHDAY, "2026", 50),
    ],
)
def test_membership_events(alice, code, trigger, period, points):
    verified(alice)
    before = points_of(alice)
    for _ in range(2):
        raise_membership_event(member_id=alice.pk, code=trigger, period=period)
    assert (paid(alice, code), points_of(alice) - before) == (points, points)


@pytest.mark.parametrize("code", [Code.SIGNED_IN_DAILY, Code.BIRTHDAY, Code.ANNIVERSARY])
def test_who_is_not_verified_earns_nothing_by_them(alice, code):
    told(alice, "knowledge.quiz_passed", quiz="Q1", percent_correct=100)
    raise_membership_event(member_id=alice.pk, code=code, period="2026-11-29" if code.endswith("daily") else "2026")
    assert points_of(alice) == 5


def test_an_anniversary_wants_some_earning_in_the_past_twelve_months(alice, bob):
    verified(alice)
    verified(bob)
    quiz = NOON - timedelta(days=360)
    told(alice, "knowledge.quiz_passed", quiz="Q1", percent_correct=100, at=quiz)
    told(bob, "knowledge.quiz_passed", quiz="Q1", percent_correct=100, at=NOON - timedelta(days=400))
    for member in (alice, bob):
        raise_membership_event(member_id=member.pk, code=Code.ANNIVERSARY, period="2026")
    assert (paid(alice, "care.anniversary"), paid(bob, "care.anniversary")) == (50, 0)


def test_levels_are_rewarded_the_first_time(alice):
    advanced(alice)
    grant = LevelGrant.objects.get(member=alice, level=2)
    for _ in range(2):
        fact = IdentityVerified(member_id=alice.pk, customer_id=0, grant_id=grant.pk)
        identity_verified.send(IdentityVerified, fact=fact)
    assert (paid(alice, "identity.verified"), paid(alice, "identity.advanced")) == (100, 200)
    advanced(alice)
    assert points_of(alice) == 300


def test_self_service(carol):
    policy = policy_of(carol)
    first = served(carol, "policy_admin.premium_account_change", policy_no=policy.policy_no)
    assert awarded(first) == {"self_service.first": 100, "self_service.transaction": 30}
    again = served(carol, "policy_admin.premium_account_change", policy_no=policy.policy_no)
    assert awarded(again) == {}
    other_policy = served(carol, "policy_admin.premium_account_change", policy_no=policy_of(carol).policy_no)
    assert awarded(other_policy) == {"self_service.transaction": 30}


def test_the_same_service_on_the_same_policy_pays_again_after_30_days(carol):
    asked = {"service": "policy_admin.dividend_option", "platform": "app", "policy_no": "P1"}
    days = [0, 29, 30, 59, 60]
    paid_on = [
        awarded(told(carol, "service.completed", at=NOON - timedelta(days=100 - day), **asked)).get(
            "self_service.transaction", 0
        )
        for day in days
    ]
    assert paid_on == [10, 0, 10, 0, 10]


@pytest.mark.parametrize("platform", ["counter", "hotline", "agent_app"])
def test_what_others_do_for_a_member_is_no_self_service(carol, platform):
    assert awarded(served(carol, "account.address_email_change", platform)) == {}


def test_a_service_without_a_policy_is_self_service_all_the_same(carol):
    assert awarded(served(carol, "account.address_email_change"))["self_service.transaction"] == 20


@pytest.mark.parametrize(
    "service", ["account.policy_bind", "account.advanced_verify", "account.notice_preference", "claims.self_service"]
)
def test_where_another_rule_takes_the_place_of_its_points_a_service_earns_none_of_its_own(carol, service):
    assert "self_service.transaction" not in awarded(served(carol, service))


def test_queries(carol):
    assert awarded(served(carol, "query.policy")) == {"self_service.query": 2}
    assert awarded(served(carol, "query.policy", "kiosk")) == {}
    assert awarded(served(carol, "query.authenticity")) == {}
    assert awarded(served(carol, "query.unclaimed")) == {"self_service.query": 2}  # 10, of which the day leaves 2
    assert awarded(served(carol, "query.policy")) == {}


def test_a_claim_by_self_service(carol):
    claim = {"claim_no": "CL1", "policy_no": policy_of(carol).policy_no, "service": "claims.self_service"}
    assert awarded(told(carol, "claims.accepted", **claim)) == {"self_service.claim": 100}
    assert awarded(told(carol, "claims.accepted", **claim)) == {}  # told again under another cause
    assert awarded(told(carol, "claims.accepted", **(claim | {"claim_no": "CL2", "service": "claims.death"}))) == {}
    happens("claims.accepted", policy_no=claim["policy_no"], claim_no="CL3", due_date="2026-12-31")
    assert points_of(carol) == 100  # the core does not tell that it came by self-service


def test_going_paperless(carol):
    policy = policy_of(carol)
    happens("policy_admin.notice_preference_changed", policy_no=policy.policy_no, option_name="微信服务号")
    assert points_of(carol) == 0
    happens("policy_admin.notice_preference_changed", policy_no=policy.policy_no, option_name="电子信函")
    assert (paid(carol, "self_service.eletter"), points_of(carol)) == (50, 50)


def test_an_online_callback_within_cooling_off(carol):
    policy = policy_of(carol, cooling_off_ends_on=date(2026, 12, 5))
    assert awarded(served(carol, "sales.callback", "wechat", policy_no=policy.policy_no)) == {
        "self_service.first": 100,
        "service.callback_online": 50,
    }
    payment = RulePayment.objects.get(rule__code="service.callback_online")
    assert payment.available_at.isoformat() == "2026-12-05T16:00:00+00:00"  # when the 5th has ended in Shanghai
    late = policy_of(carol, cooling_off_ends_on=date(2026, 11, 28))
    assert awarded(served(carol, "sales.callback", "wechat", policy_no=late.policy_no)) == {}
    assert awarded(served(carol, "sales.callback", "hotline", policy_no=policy_of(carol).policy_no)) == {}


def test_seven_days_in_a_row(alice):
    with time_machine.travel("2026-10-31T12:00+08:00", tick=False):
        verified(alice)
    first = date(2026, 11, 1)
    days = [first + timedelta(days=n) for n in range(23) if n != 10]  # seven, then three, a gap, then twelve
    found = {}
    for day in days:
        with time_machine.travel(f"{day}T12:00+08:00", tick=False):
            raise_membership_event(member_id=alice.pk, code=Code.SIGNED_IN_DAILY, period=str(day))
        found[day.day] = paid(alice, "daily.sign_in_streak")
    assert [day for day in found if found[day] > found.get(day - 1, found.get(day - 2, 0))] == [7, 18]
    assert (paid(alice, "daily.sign_in"), paid(alice, "daily.sign_in_streak")) == (22, 10)


def test_steps_come_from_outside(carol):
    customer_no = carol.customer.customer_no
    happens("health.steps_goal_met", customer_no=customer_no, steps=7999)
    assert points_of(carol) == 0
    happens("health.steps_goal_met", customer_no=customer_no, steps=8000)
    assert (paid(carol, "daily.steps"), points_of(carol)) == (2, 2)


@pytest.mark.parametrize(
    ("code", "trigger", "good", "bad", "points"),
    [
        ("daily.quiz", "knowledge.quiz_passed", {"quiz": "Q1", "percent_correct": 80}, {"percent_correct": 79}, 5),
        ("festival.check_in", "festival.checked_in", {"within_window": True}, {"within_window": False}, 50),
        (
            "festival.task", "festival.activity_completed",
            {"festival_running": True, "earning": True, "task": "T1"}, {"earning": False}, 30,
        ),
        (
            "festival.charity_steps", "festival.charity_step_donated",
            {"festival_running": True, "steps": 3000}, {"steps": 2999}, 5,
        ),
        ("feedback.survey", "survey.completed", {"days_since_service": 7}, {"days_since_service": 8}, 10),
        (
            "feedback.benefit", "benefit.feedback_given",
            {"benefit_used": True, "days_since_use": 14}, {"days_since_use": 15}, 20,
        ),
        ("feedback.suggestion", "suggestion.adopted", {"suggestion": "S1"}, None, 200),
        (
            "care.commitment_missed", "commitment.missed",
            {"commitment": "claims.payment", "request_no": "R1"}, {"commitment": "hotline.answer_rate"}, 300,
        ),
    ],
)  # fmt: skip
def test_what_packages_above_tell(alice, code, trigger, good, bad, points):
    if bad:
        assert awarded(told(alice, trigger, **(good | bad))) == {}
    for _ in range(2):
        told(alice, trigger, cause="told:1", **good)
    assert (paid(alice, code), points_of(alice)) == (points, points)


def test_each_quiz_once_and_each_commitment_once_for_a_request(alice):
    for quiz in ("Q1", "Q1", "Q2"):
        told(alice, "knowledge.quiz_passed", quiz=quiz, percent_correct=90, at=NOON - timedelta(days=len(quiz)))
    assert paid(alice, "daily.quiz") == 5  # five a day
    told(alice, "knowledge.quiz_passed", quiz="Q1", percent_correct=90, at=NOON - timedelta(days=9))
    assert paid(alice, "daily.quiz") == 5
    for request in ("R1", "R1", "R2"):
        told(alice, "commitment.missed", commitment="policy_admin.acceptance", request_no=request)
    assert paid(alice, "care.commitment_missed") == 100


def test_a_payment_is_tied_to_its_posting(alice):
    told(alice, "knowledge.quiz_passed", cause="quiz:7", quiz="Q1", percent_correct=100)
    payment, posting = RulePayment.objects.get(), Posting.objects.get()
    assert payment.posting == posting
    assert (posting.scope, posting.reason, posting.cause) == ("earning", "daily.quiz", "quiz:7")
    assert posting.key == f"daily.quiz:{alice.pk}:{payment.cause}"
    assert (payment.earned_on, payment.rule_version) == (date(2026, 11, 29), 1)


def test_staff_and_closed_accounts_earn_nothing():
    for member in (MemberFactory(is_staff=True), MemberFactory(is_active=False)):
        told(member, "suggestion.adopted", suggestion="S1")
    assert not RulePayment.objects.exists()
