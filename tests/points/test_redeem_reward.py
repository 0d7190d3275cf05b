"""A member redeems points: what we have ourselves comes at once, and whatever refuses leaves nothing behind."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.dispatch import receiver
from django.utils import timezone, translation

from members.actions.merge_accounts import join_accounts
from members.assurance import CoolingDown, FactorNeeded, MemberInactive
from members.models import ActionPolicy, Level, Member
from members.phone import NotAMobileNumber
from members.roles import Role
from points import events
from points.actions.end_redemption import fail, locked_redemption
from points.actions.redeem_reward import redeem_reward
from points.models import (
    Account,
    Donation,
    Entry,
    Hold,
    Posting,
    Redemption,
    Reward,
    RewardPrice,
    System,
    VoucherCode,
)
from points.queries import balance_of
from points.refusals import InsufficientPoints, KeyConflict
from points.rewards import refusals
from points.rewards.offers import good_until
from tests.factories import MemberFactory
from tests.members.accounts import AT_WEB, proved
from tests.points.reward_cast import (
    DONATE,
    IQIYI,
    JD_100,
    PHONE,
    TELEDOC,
    change,
    earn,
    fill_pool,
    make_project,
    redeem,
    redeemer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]
State = Redemption.State
COUNTED = (Redemption, Hold, Posting, Entry, Donation)


@pytest.fixture
def told():
    """The facts that were announced."""
    facts = []
    signals = (events.reward_redeemed, events.reward_delivered, events.reward_failed, events.redemption_cancelled)

    @receiver(signals, weak=False, dispatch_uid="told")
    def note(fact, **_):
        facts.append(fact)

    yield facts
    for signal in signals:
        signal.disconnect(dispatch_uid="told")


def standing():
    """What a refusal may not have changed."""
    return (
        [model.objects.count() for model in COUNTED],
        list(Account.objects.order_by("pk").values_list("balance", "held")),
        list(VoucherCode.objects.order_by("pk").values_list("state", flat=True)),
        list(Reward.objects.order_by("pk").values_list("stock", flat=True)),
    )


def refused(refusal, member, sku, **other):
    """The refusal; that something was written fails the test."""
    before = standing()
    with pytest.raises(refusal) as caught:
        redeem(member, sku, **other)
    assert standing() == before
    return caught.value


def test_a_code_of_the_pool_comes_at_once(told):
    alice = redeemer(2_000)
    fill_pool(TELEDOC, "TD-1,2099-05-01", header="code,expires_on")
    told.clear()
    redemption = redeem(alice, TELEDOC)
    redemption.refresh_from_db()
    assert (redemption.state, redemption.points, redemption.hold.state) == (State.DELIVERED, 800, "captured")
    assert redemption.voucher.code == "TD-1"
    assert balance_of(alice.pk).available == 1_200
    assert redemption.hold.posting.reason == TELEDOC
    # Six months from today (rewards.csv), which is before the code itself ends.
    assert redemption.good_until < date(2099, 5, 1)
    assert told == [
        events.RewardRedeemed(redemption.pk, alice.pk, TELEDOC, 800),
        events.RewardDelivered(redemption.pk, alice.pk, TELEDOC, 800),
    ]


def test_what_the_member_holds_ends_when_the_code_or_its_validity_does():
    change(TELEDOC, limit_count=None, limit_period="")
    with time_machine.travel(datetime(2027, 3, 31, 17, tzinfo=UTC), tick=False):  # already April in Shanghai
        alice = redeemer()
        fill_pool(TELEDOC, "A,2027-06-30", "B,", header="code,expires_on")
        reward = Reward.objects.get(sku=TELEDOC)
        for last in (date(2027, 6, 30), date(2027, 9, 30)):
            assert good_until(reward, timezone.localdate()) == last  # as it is promised
            assert redeem(alice, TELEDOC).good_until == last


def test_the_code_that_ends_first_is_given_first_and_one_that_ends_within_days_to_nobody():
    day = timezone.localdate()
    change(TELEDOC, limit_count=None, limit_period="")
    fill_pool(
        TELEDOC,
        *("LATE," + str(day + timedelta(days=60)), "NEVER,", "SOON," + str(day + timedelta(days=7))),
        "TOO-SOON," + str(day + timedelta(days=6)),
        header="code,expires_on",
    )
    alice = redeemer()
    assert [redeem(alice, TELEDOC).voucher.code for _ in range(3)] == ["SOON", "LATE", "NEVER"]
    refused(refusals.SoldOut, alice, TELEDOC)


def test_a_donation_is_made_at_once_with_a_certificate():
    alice, project = redeemer(500), make_project()
    redemption = redeem(alice, DONATE, project_id=project.pk)
    donation = Donation.objects.get(redemption=redemption)
    assert (redemption.state, donation.project, donation.amount) == (State.DELIVERED, project, Decimal("1.00"))
    assert donation.certificate_no == f"GY{timezone.localdate().year}{redemption.pk:08d}"
    assert Entry.objects.get(system=System.DONATION).amount == 100
    assert balance_of(alice.pk).available == 400


def test_whoever_is_only_registered_may_give_away_and_nothing_else():
    alice = earn(MemberFactory(), 5_000)
    proved(alice)
    fill_pool(TELEDOC, "A")
    redeem(alice, DONATE, project_id=make_project().pk)
    refusal = refused(refusals.RewardNeedsLevel, alice, TELEDOC)
    assert (refusal.required, refusal.held) == (Level.VERIFIED, Level.REGISTERED)


def test_a_reward_may_ask_for_more_than_redeeming_does():
    alice, bob = redeemer(30_000), redeemer(30_000, by_face=True)
    fill_pool(JD_100, "A", "B")
    assert refused(refusals.RewardNeedsLevel, alice, JD_100).required == Level.ADVANCED
    assert redeem(bob, JD_100).state == State.DELIVERED


def test_top_ups_are_set_aside_and_wait_for_the_provider(told):
    alice = redeemer()
    redemption = redeem(alice, PHONE)
    assert (redemption.state, redemption.mobile, redemption.hold.state) == (State.FULFILLING, alice.mobile, "open")
    balance = balance_of(alice.pk)
    assert (balance.available, balance.held) == (9_000, 1_000)
    assert told == [events.RewardRedeemed(redemption.pk, alice.pk, PHONE, 1_000)]


def test_a_double_click_is_one_redemption():
    alice = redeemer()
    fill_pool(TELEDOC, "A", "B")
    first = redeem(alice, TELEDOC, key="form 7")
    again = redeem(alice, TELEDOC, key="form 7")
    assert first == again
    assert (Redemption.objects.count(), balance_of(alice.pk).available) == (1, 9_200)


def test_it_is_the_same_again_even_when_the_offer_has_ended_and_the_proof_is_old():
    alice = redeemer()
    fill_pool(TELEDOC, "A")
    first = redeem(alice, TELEDOC, key="form 7")
    change(TELEDOC, is_on_sale=False)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert redeem(alice, TELEDOC, key="form 7") == first


def test_the_same_key_for_something_else_is_refused():
    alice = redeemer()
    fill_pool(TELEDOC, "A", "B")
    redeem(alice, TELEDOC, key="form 7")
    refused(KeyConflict, alice, DONATE, key="form 7", project_id=make_project().pk)


def test_the_same_key_for_another_number_project_or_price_is_refused():
    alice, library, school = redeemer(), make_project(), make_project(name_en="Village school")
    sent = redeem(alice, IQIYI, key="a", mobile="13812345678")
    assert redeem(alice, IQIYI, key="a", mobile="+86 138 1234 5678") == sent
    refused(KeyConflict, alice, IQIYI, key="a", mobile="13912345678")
    refused(KeyConflict, alice, IQIYI, key="a", mobile="13812345678", points=7)
    given = redeem(alice, DONATE, key="b", project_id=library.pk)
    assert redeem(alice, DONATE, key="b", project_id=library.pk) == given
    refused(KeyConflict, alice, DONATE, key="b", project_id=school.pk)


def test_the_same_key_of_two_accounts_is_no_obstacle_to_merging_them():
    fill_pool(TELEDOC, "A", "B")
    alice, bob = redeemer(), redeemer()
    mine, his = redeem(alice, TELEDOC, key="1"), redeem(bob, TELEDOC, key="1")
    join_accounts(kept=alice, closed=bob, entrance="web")
    assert set(Redemption.objects.of(alice)) == {mine, his}
    assert redeem(alice, TELEDOC, key="1") == mine


def test_two_members_may_use_the_same_key():
    fill_pool(TELEDOC, "A", "B")
    assert redeem(redeemer(), TELEDOC, key="1") != redeem(redeemer(), TELEDOC, key="1")


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_key_is_needed(key):
    with pytest.raises(ValueError, match="a key has"):
        redeem_reward(member=redeemer(), sku=TELEDOC, context=AT_WEB, key=key, points=800)


def test_too_few_points():
    alice = redeemer(799)
    fill_pool(TELEDOC, "A")
    refusal = refused(InsufficientPoints, alice, TELEDOC)
    assert (refusal.asked, refusal.available) == (800, 799)


def test_points_that_are_set_aside_are_not_redeemed_twice():
    alice = redeemer(1_500)
    redeem(alice, PHONE)
    assert refused(InsufficientPoints, alice, PHONE).available == 500


def test_sold_out():
    refused(refusals.SoldOut, redeemer(), TELEDOC)
    change(PHONE, stock=0)
    refused(refusals.SoldOut, redeemer(), PHONE)


def test_stock_is_counted_down():
    change(PHONE, stock=2, limit_count=None, limit_period="")
    alice = redeemer()
    redeem(alice, PHONE)
    redeem(alice, PHONE)
    assert Reward.objects.get(sku=PHONE).stock == 0
    refused(refusals.SoldOut, alice, PHONE)


def test_what_was_not_taken_from_the_stock_does_not_come_back_to_it():
    redemption = redeem(redeemer(), PHONE)
    change(PHONE, stock=0)
    fail(locked_redemption(redemption.pk), Redemption.Failure.REFUSED)
    assert Reward.objects.get(sku=PHONE).stock == 0


def test_whoever_sets_the_prices_redeems_nothing():
    alice = redeemer()
    fill_pool(TELEDOC, "A")
    alice.is_staff = True
    alice.save()
    assert redeem(alice, TELEDOC)
    alice.groups.add(Group.objects.get(name=Role.BENEFITS_MANAGER))
    refused(refusals.SetsPrices, Member.objects.get(pk=alice.pk), TELEDOC)


def test_switched_off_not_yet_and_no_longer():
    alice, now = redeemer(), timezone.now()
    fill_pool(TELEDOC, "A")
    change(TELEDOC, is_on_sale=False)
    refused(refusals.NotOffered, alice, TELEDOC)
    change(TELEDOC, is_on_sale=True, on_sale_from=now + timedelta(days=1))
    assert refused(refusals.NotYetOffered, alice, TELEDOC).begins_at == now + timedelta(days=1)
    change(TELEDOC, on_sale_from=None, on_sale_until=now)
    assert refused(refusals.OfferEnded, alice, TELEDOC).ended_at == now


def test_without_a_provider_nothing_is_offered_that_needs_one(settings):
    settings.TOPUP_PROVIDER = ""
    refused(refusals.NotOffered, redeemer(), PHONE)


def test_no_such_reward():
    with pytest.raises(Reward.DoesNotExist):
        redeem(redeemer(), "GOLD-BAR", points=1)


def test_the_price_that_the_member_saw():
    fill_pool(TELEDOC, "A")
    assert refused(refusals.PriceChanged, redeemer(), TELEDOC, points=700).points == 800


def test_the_price_of_a_tier():
    alice = redeemer(700)
    fill_pool(TELEDOC, "A")
    RewardPrice.objects.create(reward=Reward.objects.get(sku=TELEDOC), tier="gold", cost_points=700)
    assert refused(refusals.PriceChanged, alice, TELEDOC, tier="platinum", points=700).points == 800
    assert redeem(alice, TELEDOC, tier="gold", points=700).points == 700


@pytest.mark.parametrize(
    ("period", "last_moment", "again_at"),
    [
        ("day", datetime(2027, 3, 31, 15, 59, tzinfo=UTC), datetime(2027, 3, 31, 16, tzinfo=UTC)),
        ("month", datetime(2027, 3, 31, 15, 59, tzinfo=UTC), datetime(2027, 3, 31, 16, tzinfo=UTC)),
        ("year", datetime(2027, 12, 31, 15, 59, tzinfo=UTC), datetime(2027, 12, 31, 16, tzinfo=UTC)),
    ],
)
def test_a_limit_counts_in_the_calendar_of_shanghai(period, last_moment, again_at):
    change(PHONE, limit_count=1, limit_period=period)
    with time_machine.travel(last_moment, tick=False) as clock:
        alice = redeemer()
        redeem(alice, PHONE)
        assert refused(refusals.LimitReached, alice, PHONE).again_at == again_at
        clock.move_to(again_at)
        proved(alice)
        assert redeem(alice, PHONE).state == State.FULFILLING


def test_a_limit_for_life():
    change(PHONE, limit_count=1, limit_period="lifetime")
    alice = redeemer()
    redeem(alice, PHONE)
    with time_machine.travel(timezone.now() + timedelta(days=500)):
        proved(alice)
        assert refused(refusals.LimitReached, alice, PHONE).again_at is None


def test_a_limit_is_each_members_own():
    change(PHONE, limit_count=1, limit_period="day")
    redeem(redeemer(), PHONE)
    assert redeem(redeemer(), PHONE).state == State.FULFILLING


def test_only_the_own_number_is_topped_up():
    alice = redeemer()
    assert redeem(alice, PHONE, mobile=alice.mobile.removeprefix("+86")).mobile == alice.mobile
    refused(refusals.NotOwnMobile, alice, PHONE, mobile="13812345678")
    refused(NotAMobileNumber, alice, PHONE, mobile="1381234")


def test_an_account_without_a_number_has_none_to_top_up():
    alice = redeemer()
    Member.objects.filter(pk=alice.pk).update(mobile="", mobile_index=None)
    refused(refusals.NotOwnMobile, alice, PHONE)


def test_a_membership_goes_to_the_number_that_is_given():
    alice = redeemer()
    refused(refusals.MobileNeeded, alice, IQIYI)
    refused(NotAMobileNumber, alice, IQIYI, mobile="not a number")
    assert redeem(alice, IQIYI, mobile="138 1234 5678").mobile == "+8613812345678"


def test_a_donation_needs_a_project_that_takes_donations():
    alice, closed = redeemer(), make_project(is_open=False)
    refused(refusals.ProjectNeeded, alice, DONATE)
    refused(refusals.ProjectNeeded, alice, DONATE, project_id=closed.pk)


def test_a_fresh_proof_is_needed():
    alice = redeemer()
    fill_pool(TELEDOC, "A")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        refused(FactorNeeded, alice, TELEDOC)


def test_not_after_a_change_of_phone_and_not_when_blocked():
    alice = redeemer()
    fill_pool(TELEDOC, "A")
    Member.objects.filter(pk=alice.pk).update(cooling_until=timezone.now() + timedelta(hours=1))
    refused(CoolingDown, alice, TELEDOC)
    refused(CoolingDown, alice, DONATE, project_id=make_project().pk)
    Member.objects.filter(pk=alice.pk).update(is_active=False, cooling_until=None)
    refused(MemberInactive, alice, TELEDOC)


def test_the_proof_may_be_for_this_very_request():
    alice = redeemer()
    fill_pool(TELEDOC, "A")
    ActionPolicy.objects.create(
        action="points.redeem", level=2, factors=["code"], bound=True, entrances=["web"], approved_at=timezone.now()
    )
    request = refused(FactorNeeded, alice, TELEDOC).request
    proved(alice, request=b"x" * 32)
    refused(FactorNeeded, alice, TELEDOC)
    proved(alice, request=request)
    assert redeem(alice, TELEDOC).state == State.DELIVERED


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_refusal_has_words_of_its_own_in_the_readers_language(language):
    reward, moment = Reward.objects.get(sku=PHONE), datetime(2027, 1, 31, 16, 30, tzinfo=UTC)
    lifetime = Reward(sku="X", limit_count=1, limit_period="lifetime")
    every = [
        *(refusals.NotOffered(), refusals.NotYetOffered(moment), refusals.OfferEnded(moment)),
        *(refusals.SoldOut(), refusals.LimitReached(reward, moment), refusals.LimitReached(lifetime, None)),
        refusals.RewardNeedsLevel(Level.VERIFIED, Level.REGISTERED),
        refusals.RewardNeedsLevel(Level.ADVANCED, Level.VERIFIED),
        *(refusals.NotOwnMobile(), refusals.MobileNeeded(), refusals.PriceChanged(1_200)),
        *(refusals.ProjectNeeded(), refusals.TooLateToCancel(), refusals.NotDelivered(), refusals.SetsPrices()),
    ]
    assert {type(refusal) for refusal in every} == set(refusals.RewardRefused.__subclasses__())
    with translation.override(language):
        words = [str(refusal) for refusal in every]
    assert len({*words}) == len(words)
    assert all(("。" in text) == (language == "zh-hans") for text in words), words
    assert "2027-02-01 00:30" in words[1]
    assert "1,200" in words[10]
