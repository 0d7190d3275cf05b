"""What members find in the catalogue and in their history; what staff set, and what loading leaves alone."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry

from members.actions.merge_accounts import join_accounts
from members.entrances import Entrance
from members.models import Member
from members.personal_data import parts
from members.roles import Role
from points.actions.change_reward import change_reward
from points.actions.fulfil_redemption import fulfil_redemption
from points.actions.load_rewards import load_rewards
from points.actions.redeem_reward import redeem_reward
from points.actions.show_voucher import show_voucher
from points.models import CharityProject, Redemption, Reward, RewardPrice, VoucherCode
from points.refusals import InsufficientPoints
from points.rewards import refusals
from points.rewards.history import redeemed, redeemed_page
from points.rewards.offers import offers_for
from portal.demo.accounts import PASSWORD, STAFF_MOBILE
from portal.demo.rewards import stock_rewards
from tests.factories import MemberFactory
from tests.members.accounts import AT_WEB, staff
from tests.points.reward_cast import (
    DONATE,
    IQIYI,
    JD_100,
    PHONE,
    TELEDOC,
    change,
    fill_pool,
    make_project,
    redeem,
    redeemer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def test_all_seventeen_are_loaded():
    assert Reward.objects.count() == 17
    phone, jd, donate = (Reward.objects.get(sku=sku) for sku in (PHONE, "JDECARD-200", DONATE))
    assert (phone.cost_points, phone.own_mobile_only, phone.limit_count, phone.limit_period) == (
        1_000,
        True,
        2,
        "month",
    )
    assert (jd.required_level, jd.validity, jd.limit_period, jd.face_value) == (3, "P36M", "year", 200)
    assert (donate.fulfilment, donate.required_level, donate.face_value) == ("donation", 1, 1)
    assert list(Reward.objects.filter(own_mobile_only=True).values_list("sku", flat=True)) == [
        *("PHONE-10", "PHONE-30", "PHONE-50")
    ]


def test_loading_again_changes_nothing_and_leaves_alone_what_staff_set(capsys):
    again = load_rewards()
    assert (again.created, again.updated, again.differences) == (0, 0, [])
    change(PHONE, cost_points=900, stock=7, is_on_sale=False)
    kept = load_rewards()
    assert kept.differences == ["PHONE-10 cost_points: set to 900, shipped 1000"]
    phone = Reward.objects.get(sku=PHONE)
    assert (phone.cost_points, phone.stock, phone.is_on_sale) == (900, 7, False)
    call_command("load_catalogue")
    said = capsys.readouterr().out.splitlines()
    assert "kept: PHONE-10 cost_points: set to 900, shipped 1000" in said
    assert "rewards created=0 updated=0, kept=1" in said


def test_what_is_shipped_anew_reaches_what_staff_left_alone():
    Reward.objects.filter(sku=PHONE).update(
        cost_points=800, shipped={"cost_points": 800, "name_zh": "旧名"}, name_zh="我们的名字"
    )
    load_rewards()
    phone = Reward.objects.get(sku=PHONE)
    assert (phone.cost_points, phone.name_zh) == (1_000, "我们的名字")


def offer_of(member, sku, **other):
    return next(offer for offer in offers_for(member, **other) if offer.reward.sku == sku)


def test_an_offer_says_what_stands_in_the_way():
    alice = redeemer(900)
    fill_pool(TELEDOC, "A")
    assert offer_of(alice, TELEDOC).obstacle is None
    assert (offer_of(alice, TELEDOC).left, offer_of(alice, TELEDOC).points) == (1, 800)
    assert isinstance(offer_of(alice, PHONE).obstacle, InsufficientPoints)
    assert isinstance(offer_of(alice, JD_100).obstacle, refusals.RewardNeedsLevel)
    assert [offer_of(alice, sku).missing for sku in (TELEDOC, PHONE, JD_100)] == [0, 100, 9100]
    redeem(alice, TELEDOC)
    assert isinstance(offer_of(alice, TELEDOC).obstacle, refusals.SoldOut)
    assert offer_of(alice, TELEDOC).had == 1
    assert offer_of(alice, IQIYI).asks_mobile
    assert not offer_of(alice, PHONE).asks_mobile
    assert offer_of(alice, DONATE).asks_project
    assert offer_of(alice, DONATE).obstacle is None


def test_an_offer_says_what_redeeming_would():
    """The list and the action follow the same rules."""
    alice = redeemer(5_000)
    change(PHONE, limit_count=1)
    change("PHONE-30", stock=0)
    redeem(alice, PHONE)
    for offer in offers_for(alice):
        project = make_project().pk if offer.asks_project else None
        mobile = "13812345678" if offer.asks_mobile else ""
        try:
            redeem_reward(
                member=alice, sku=offer.reward.sku, context=AT_WEB, key=f"k{offer.reward.pk}", points=offer.points,
                mobile=mobile, project_id=project,
            )  # fmt: skip
            answer = None
        except (refusals.RewardRefused, InsufficientPoints) as refusal:
            answer = refusal
        spent = isinstance(answer, InsufficientPoints) and offer.obstacle is None  # others before it used the points
        assert spent or type(answer) is type(offer.obstacle), offer.reward.sku


def test_what_is_off_or_over_is_not_on_the_list():
    now = timezone.now()
    change(PHONE, is_on_sale=False)
    change(TELEDOC, on_sale_until=now - timedelta(days=1))
    change(IQIYI, on_sale_from=now + timedelta(days=1))
    listed = {offer.reward.sku for offer in offers_for(redeemer())}
    assert listed.isdisjoint({PHONE, TELEDOC, IQIYI})
    assert len(listed) == 14


def test_the_price_of_a_tier_is_offered():
    RewardPrice.objects.create(reward=Reward.objects.get(sku=PHONE), tier="gold", cost_points=900)
    alice = redeemer()
    assert (offer_of(alice, PHONE).points, offer_of(alice, PHONE, tier="gold").points) == (1_000, 900)


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    alice = redeemer()
    with django_assert_max_num_queries(8):
        offers_for(alice)
    for _ in range(5):
        redeem(alice, DONATE, project_id=make_project().pk)
    with django_assert_max_num_queries(1):
        redeemed_page(alice)


def test_a_member_sees_where_it_stands():
    fill_pool(TELEDOC, "A")
    alice, project = redeemer(), make_project()
    code, given, top_up = (
        redeem(alice, TELEDOC),
        redeem(alice, DONATE, project_id=project.pk),
        redeem(alice, IQIYI, mobile="13812345678"),
    )
    with translation.override("en"):
        newest, donation, voucher = redeemed_page(alice).redemptions
    assert (newest.redemption_id, newest.state, newest.mobile) == (top_up.pk, "fulfilling", "138****5678")
    assert (donation.redemption_id, donation.project, donation.amount) == (given.pk, "Village libraries", 1)
    assert donation.certificate_no.startswith("GY")
    assert (voucher.redemption_id, voucher.has_code, voucher.name) == (code.pk, True, "Telephone doctor, one call")
    assert (newest.has_code, donation.has_code, voucher.may_cancel) == (False, False, False)
    assert "A" not in [getattr(voucher, name) for name in ("name", "mobile", "project")]


def test_a_stranger_sees_nothing_of_it():
    redemption = redeem(redeemer(), PHONE)
    with pytest.raises(Redemption.DoesNotExist):
        redeemed(member=redeemer(), redemption_id=redemption.pk)


def test_what_was_redeemed_goes_with_the_member_when_two_accounts_become_one():
    alice, other = redeemer(), MemberFactory()
    change(PHONE, limit_count=1)
    redemption = redeem(alice, PHONE)
    join_accounts(kept=other, closed=alice, entrance=Entrance.WEB)
    assert [line.redemption_id for line in redeemed_page(other).redemptions] == [redemption.pk]
    assert redeemed_page(alice).redemptions == []


def test_the_copy_says_when_a_code_was_shown_before_two_accounts_became_one():
    alice, kept = redeemer(), MemberFactory()
    fill_pool(TELEDOC, "A")
    show_voucher(member=alice, redemption_id=redeem(alice, TELEDOC).pk, context=AT_WEB)
    join_accounts(kept=kept, closed=alice, entrance=Entrance.WEB)
    (part,) = [part for part in parts() if part.name == "rewards"]
    assert len(part.export(kept)[-1].rows) == 1


def test_the_number_is_erased_with_the_account_and_of_what_is_on_its_way_when_it_ends(topups):
    (part,) = [part for part in parts() if part.name == "rewards"]
    alice = redeemer()
    done, going = redeem(alice, PHONE), redeem(alice, PHONE)
    fulfil_redemption(redemption_id=done.pk)
    assert [section.title for section in part.export(alice) if section.rows]
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert len(part.erase(alice)) == 1
    done.refresh_from_db()
    going.refresh_from_db()
    assert (done.mobile, going.mobile) == ("", alice.mobile)
    fulfil_redemption(redemption_id=going.pk)
    going.refresh_from_db()
    assert (going.state, going.mobile) == ("delivered", "")
    assert len(topups.of(alice.mobile)) == 2


def test_staff_change_a_reward_and_it_is_on_record():
    manager, phone = staff(Role.BENEFITS_MANAGER), Reward.objects.get(sku=PHONE)
    change_reward(reward=phone, fields={"cost_points": 900, "name_en": phone.name_en}, prices={"gold": 800}, by=manager)
    phone.refresh_from_db()
    assert (phone.cost_points, phone.price_for("gold"), phone.price_for("diamond")) == (900, 800, 900)
    entry = ModelLogEntry.objects.get(action="wagtail.edit")
    assert (entry.user, entry.data["before"]) == (manager, {"cost_points": "1000"})
    change_reward(reward=phone, fields={}, prices={"gold": None}, by=manager)
    assert phone.price_for("gold") == 900


def test_a_change_leaves_the_stock_to_the_buyers():
    manager, phone = staff(Role.BENEFITS_MANAGER), change(PHONE, stock=5)
    redeem(redeemer(), PHONE)
    change_reward(reward=phone, fields={"cost_points": 900}, prices={}, by=manager)
    assert Reward.objects.get(sku=PHONE).stock == 4


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SERVICE_AGENT, Role.MARKETING_EDITOR])
def test_others_change_nothing(role):
    with pytest.raises(PermissionDenied):
        change_reward(reward=Reward.objects.get(sku=PHONE), fields={"cost_points": 1}, prices={}, by=staff(role))


def test_the_demo_has_something_of_everything_and_stocks_it_once():
    Member.objects.create_superuser(STAFF_MOBILE, PASSWORD, name="演示员工")
    for _ in range(2):
        stock_rewards()
    obstacles = {offer.reward.sku: offer.obstacle for offer in offers_for(redeemer(100_000, by_face=True))}
    assert set(obstacles.values()) == {None}
    assert (VoucherCode.objects.count(), CharityProject.objects.count()) == (40 * Reward.objects.pools().count(), 1)
