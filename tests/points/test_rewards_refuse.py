"""The database itself keeps rewards, codes and redemptions right, whoever writes."""

# ruff: noqa: PT012 several statements together are what is refused

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from points.actions.end_hold import capture_hold, void_hold
from points.actions.end_redemption import end
from points.actions.open_hold import open_hold
from points.actions.show_voucher import show_voucher
from points.models import Donation, Redemption, VoucherBatch, VoucherCode, VoucherShowing
from tests.members.accounts import AT_WEB
from tests.points.reward_cast import (
    DONATE,
    JD_50,
    PHONE,
    TELEDOC,
    change,
    fill_pool,
    make_project,
    redeem,
    redeemer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def refused(statement, *values):
    """What the database says; that it says nothing fails the test."""
    settle()  # what a commit would have checked before
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        settle()
    return str(refusal.value)


def settle():
    """What a commit would check, now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


#: Points of a member's that are set aside for something else.
ASIDE = {
    "points": 10,
    "scope": "test",
    "key": "aside",
    "reason": "test",
    "expires_at": timezone.now() + timedelta(days=1),
}


def copy_of(redemption, **fields):
    """Another one like it, not stored yet."""
    values = {field.name: getattr(redemption, field.name) for field in Redemption._meta.fields if field.name != "id"}
    return Redemption(**values | {"request_key": "other", "reference": uuid4()} | fields)


@pytest.fixture
def delivered():
    fill_pool(TELEDOC, "A", "B")
    return redeem(redeemer(), TELEDOC)


@pytest.fixture
def on_its_way():
    return redeem(redeemer(), PHONE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'fulfilling', ended_at = NULL, next_try_at = now()", "Cannot update"),
        ("state = 'cancelled'", "Cannot update"),
        ("points = 1", "Cannot update"),
        ("provider_reference = 'X'", "Cannot update"),
        ("ended_at = now() + interval '1 day'", "Cannot update"),
        ("good_until = NULL", "Cannot update"),
        ("request_key = 'other'", "Cannot update"),
    ],
)
def test_what_ended_stays_as_it_ended(delivered, change, said):
    assert said in refused(f"UPDATE points_redemption SET {change}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'delivered', ended_at = now(), next_try_at = NULL", "do not end together"),
        ("state = 'failed', failure = 'refused', ended_at = now(), next_try_at = NULL", "do not end together"),
        ("state = 'asked'", "Cannot update"),
        ("state = 'cancelled', ended_at = now(), next_try_at = NULL", "do not end together"),
        ("next_try_at = NULL", "ends_or_goes_on"),
        ("ended_at = now()", "ends_or_goes_on"),
        ("state = 'failed', ended_at = now(), next_try_at = NULL", "failed_for_a_reason"),
        ("failure = 'refused'", "failed_for_a_reason"),
        ("settled_because = 'x'", "settled_with_a_reason"),
        ("mobile = 'x'::bytea", "Cannot update"),
    ],
)
def test_what_is_on_its_way_ends_with_its_hold_and_for_a_reason(on_its_way, change, said):
    assert said in refused(f"UPDATE points_redemption SET {change}")


@pytest.mark.parametrize("change", ["state = 'voided', ended_at = now()", "state = 'timed_out', ended_at = now()"])
def test_nor_does_the_hold_end_without_it(on_its_way, change):
    """The points would be free while the provider delivers."""
    other = open_hold(**ASIDE, member_id=on_its_way.member_id)
    assert "do not end together" in refused(f"UPDATE points_hold SET {change} WHERE id = %s", on_its_way.hold_id)
    void_hold(hold_id=other.pk)
    settle()


@pytest.mark.parametrize("meanwhile", [{"ordered_at": timezone.now()}, {"state": "doubtful"}])
def test_what_a_provider_may_have_is_not_called_off(on_its_way, meanwhile):
    Redemption.objects.filter(pk=on_its_way.pk).update(**meanwhile)
    assert "Cannot update" in refused(
        "UPDATE points_redemption SET state = 'cancelled', ended_at = now(), next_try_at = NULL"
    )


def test_a_delivery_takes_all_that_it_costs(on_its_way):
    with pytest.raises(DatabaseError, match="do not end together"), transaction.atomic():
        capture_hold(hold_id=on_its_way.hold_id, points=on_its_way.points - 1)
        end(on_its_way, Redemption.State.DELIVERED)
        settle()


def test_what_is_set_aside_is_the_price(on_its_way):
    hold = open_hold(**ASIDE, member_id=on_its_way.member_id)
    with pytest.raises(DatabaseError, match="do not end together"), transaction.atomic():
        copy_of(on_its_way, hold=hold, points=hold.points + 1).save(force_insert=True)
        settle()
    copy_of(on_its_way, hold=hold, points=hold.points).save(force_insert=True)
    settle()


def test_nothing_begins_as_given_back(on_its_way):
    capture_hold(hold_id=(hold := open_hold(**ASIDE, member_id=on_its_way.member_id)).pk)
    ended = {"state": "delivered", "ended_at": timezone.now(), "next_try_at": None}
    with pytest.raises(DatabaseError, match="Cannot insert"), transaction.atomic():
        copy_of(on_its_way, hold=hold, points=hold.points, given_back=1, **ended).save(force_insert=True)
    copy_of(on_its_way, hold=hold, points=hold.points, **ended).save(force_insert=True)
    settle()


def test_a_hold_of_somebody_elses_end_carries_no_redemption(on_its_way, delivered):
    assert "points_redemption" in refused(
        "INSERT INTO points_redemption (member_id, reward_id, request_key, reference, points, hold_id, entrance, state,"
        " effective_at, attempts, next_try_at, problem, provider_reference, failure, settled_because)"
        " SELECT member_id, reward_id, 'other', gen_random_uuid(), points, hold_id, entrance, 'fulfilling',"
        " effective_at, 0, now(), '', '', '', '' FROM points_redemption WHERE id = %s",
        delivered.pk,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("state = 'available', redemption_id = NULL", "stays with whom it was given to"),
        ("state = 'spoiled', redemption_id = NULL", "stays with whom it was given to"),
        ("redemption_id = NULL", "stays with whom it was given to"),
    ],
)
def test_a_code_stays_with_its_owner(delivered, change, said):
    assert said in refused(f"UPDATE points_vouchercode SET {change} WHERE redemption_id = %s", delivered.pk)


def test_a_code_is_not_given_to_two_nor_a_redemption_two_codes(delivered):
    other = VoucherCode.objects.get(redemption=None)
    assert "redemption_id" in refused(
        "UPDATE points_vouchercode SET state = 'assigned', redemption_id = %s WHERE id = %s", delivered.pk, other.pk
    )
    assert "assigned_to_one" in refused("UPDATE points_vouchercode SET state = 'assigned' WHERE id = %s", other.pk)


@pytest.mark.parametrize("change", ["code = 'x'::bytea", "expires_on = now()", "reward_id = reward_id + 1"])
def test_a_code_keeps_its_content(delivered, change):
    assert "Cannot update" in refused(f"UPDATE points_vouchercode SET {change} WHERE redemption_id IS NULL")


def test_withdrawn_is_withdrawn():
    fill_pool(TELEDOC, "A")
    VoucherCode.objects.update(state="spoiled")
    assert "stays with" in refused("UPDATE points_vouchercode SET state = 'available'")


@pytest.mark.parametrize("model", [Redemption, VoucherCode, VoucherBatch, VoucherShowing, Donation])
def test_nothing_is_deleted_or_emptied(model):
    fill_pool(JD_50, "A")
    alice = redeemer()
    redemption = redeem(alice, JD_50)
    show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB)
    redeem(alice, DONATE, project_id=make_project().pk)
    assert "Cannot" in refused(f"DELETE FROM {model._meta.db_table}")
    assert "never emptied" in refused(f"TRUNCATE {model._meta.db_table} CASCADE")


@pytest.mark.parametrize("model", [VoucherBatch, VoucherShowing, Donation])
def test_what_was_recorded_stays(model):
    fill_pool(JD_50, "A")
    alice = redeemer()
    redemption = redeem(alice, JD_50)
    show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB)
    redeem(alice, DONATE, project_id=make_project().pk)
    assert "Cannot update" in refused(f"UPDATE {model._meta.db_table} SET id = id + 1000")


def test_a_donation_is_what_the_points_cost():
    redemption = redeem(redeemer(), DONATE, project_id=make_project().pk)
    with pytest.raises(DatabaseError, match="what_the_points_cost"), transaction.atomic():
        Donation.objects.create(
            redemption=redemption, project=redemption.project, points=100, amount="1.01", certificate_no="X"
        )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cost_points": 0}, "has_a_price"),
        ({"limit_count": None}, "limit_is_whole"),
        ({"limit_count": 0}, "limit_is_whole"),
        ({"limit_period": ""}, "limit_is_whole"),
        ({"stock": 5}, "pool_counts"),
        ({"fulfilment": "donation"}, "donation_is_one"),
        (
            {"on_sale_from": timezone.now(), "on_sale_until": timezone.now() - timedelta(days=1)},
            "ends_after_it_begins",
        ),
    ],
)
def test_impossible_rewards(fields, said):
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        change(TELEDOC, **fields)


def test_a_stock_is_never_less_than_nothing():
    with pytest.raises(DatabaseError, match="stock"), transaction.atomic():
        change(PHONE, stock=-1)
