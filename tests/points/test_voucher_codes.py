"""Codes: from the supplier's file into the pool, and before the eyes of their owner alone."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone, translation
from wagtail.models import ModelLogEntry

from members.actions.grant_level import revoke_levels
from members.assurance import CoolingDown, EntranceClosed, FactorNeeded
from members.book.faults import FileRefused
from members.entrances import Entrance
from members.models import LevelGrant, Member
from members.roles import Role
from points.actions import import_voucher_codes as importing
from points.actions.import_voucher_codes import NotAPool, import_voucher_codes
from points.actions.show_voucher import show_voucher
from points.actions.watch_stock import watch_stock
from points.actions.withdraw_voucher_codes import withdraw_voucher_codes
from points.models import Redemption, Reward, VoucherBatch, VoucherCode, VoucherShowing
from points.rewards.refusals import NotDelivered, SoldOut
from points.rewards.voucher_faults import told
from tests.members.accounts import AT_WEB, staff
from tests.points.reward_cast import JD_50, PHONE, TELEDOC, change, fill_pool, redeem, redeemer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rewards")]


def low_since(sku):
    return Reward.objects.get(sku=sku).low_since


def faults(batch, language="en"):
    with translation.override(language):
        found = [told(stored) for stored in batch.faults]
    return [(fault.line, fault.column, fault.message) for fault in found]


def test_it_works():
    batch = fill_pool(JD_50, "JD-1,secret-1,2030-12-31", "JD-2,,", header="code,password,expires_on")
    assert (batch.added, batch.duplicates, batch.rejected, batch.faults) == (2, 0, 0, [])
    first, second = VoucherCode.objects.order_by("pk")
    assert (first.code, first.password, str(first.expires_on)) == ("JD-1", "secret-1", "2030-12-31")
    assert (second.password, second.expires_on, second.state) == ("", None, "available")


def test_codes_are_sealed_in_the_database():
    fill_pool(JD_50, "JD-SECRET-1,PIN-1", header="code,password")
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, password, code_index FROM points_vouchercode")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    assert b"JD-SECRET" not in stored
    assert b"PIN" not in stored


def test_bad_lines_and_duplicates_are_told_by_line_and_the_others_go_in():
    fill_pool(TELEDOC, "KNOWN")
    too_soon = timezone.localdate() + timedelta(days=6)
    with translation.override("zh-hans"):  # of whoever imports; others read it in theirs
        batch = fill_pool(
            JD_50,
            "GOOD,p,2030-12-31",
            ",p,2030-12-31",
            "OLD,p," + str(too_soon),
            "BAD,p,31.12.2030",
            "good,p,",
            "KNOWN,p,",
            "SHORT",
            "L" * 101 + ",,",
            "ALSO-GOOD,,",
            "1.23457E+15,,",
            header="code,password,expires_on",
        )
    assert (batch.added, batch.duplicates, batch.rejected) == (2, 2, 6)
    assert faults(batch) == [
        (3, "code", "is required"),
        (4, "expires_on", "is less than 7 days away, so nobody would be given it"),
        (5, "expires_on", "not a date such as 2026-03-31"),
        (6, "code", "stands in line 2 already"),
        (7, "code", "was imported before"),
        (8, "", "1 fields instead of 3"),
        (9, "code", "longer than 100 characters"),
        (11, "code", "was rounded by a spreadsheet; export the column as text"),
    ]
    assert faults(batch, "zh-hans")[3] == (6, "code", "与第2行重复")
    assert {code.code for code in VoucherCode.objects.filter(batch=batch)} == {"GOOD", "ALSO-GOOD"}
    assert "KNOWN" not in str(batch.faults)


def test_the_same_file_again_adds_nothing_and_says_so():
    fill_pool(TELEDOC, "A", "B")
    batch = fill_pool(TELEDOC, "A", "B", "C")
    assert (batch.added, batch.duplicates) == (1, 2)
    assert VoucherCode.objects.count() == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"code\n", "no line below"),
        (b"number\nA\n", "required columns are missing: code"),
        (b"code,code\nA,B\n", "columns that stand there twice: code"),
        # Misspelt, it would have been lost for good: a code that is in is not taken a second time.
        (b"code,pasword,expires_on\nA,p,2030-01-01\n", "not known here: pasword"),
        (b"code,face,value\nA,50,5\n", "not known here: face, value"),
        ("code\n".encode("utf-16"), "required columns are missing"),
        (b"\x50\x4b\x03\x04 a spreadsheet, zipped\n", "required columns are missing"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(content, said):
    with translation.override("en"), pytest.raises(FileRefused, match=said):
        import_voucher_codes(
            reward=Reward.objects.get(sku=TELEDOC),
            file=io.BytesIO(content),
            file_name="x.csv",
            by=staff(Role.BENEFITS_MANAGER),
        )
    assert not VoucherBatch.objects.exists()


def test_columns_without_a_name_are_a_spreadsheets_own():
    assert fill_pool(TELEDOC, "A,,", header="code,,").added == 1


def test_a_file_that_is_too_long_is_refused_whole(monkeypatch):
    monkeypatch.setattr(importing, "MOST_CODES", 2)
    with pytest.raises(FileRefused, match="2"):
        fill_pool(TELEDOC, "A", "B", "C")
    assert not VoucherCode.objects.exists()


def test_only_pools_take_codes_and_only_from_whom_may():
    with pytest.raises(NotAPool):
        fill_pool(PHONE, "A")
    batch = fill_pool(TELEDOC, "A")
    for role in (Role.ANALYST, Role.SERVICE_AGENT, Role.MARKETING_EDITOR):
        with pytest.raises(PermissionDenied):
            import_voucher_codes(reward=batch.reward, file=io.BytesIO(b"code\nB\n"), file_name="x.csv", by=staff(role))
        with pytest.raises(PermissionDenied):
            withdraw_voucher_codes(batch=batch, by=staff(role), because="recalled")
    assert VoucherCode.objects.get().state == "available"


def test_what_is_left_of_a_batch_is_withdrawn_and_what_was_given_stays():
    batch = fill_pool(TELEDOC, "A", "B", "C")
    alice, manager = redeemer(), staff(Role.BENEFITS_MANAGER)
    redemption = redeem(alice, TELEDOC)
    assert withdraw_voucher_codes(batch=batch, by=manager, because="recalled by the supplier") == 2
    assert show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB).code == "A"
    with pytest.raises(SoldOut):
        redeem(redeemer(), TELEDOC)
    entry = ModelLogEntry.objects.get(action="points.withdraw_vouchers")
    assert (entry.user, entry.data) == (manager, {"codes": 2, "because": "recalled by the supplier"})


def test_since_when_little_is_left_is_noted_until_there_is_more():
    change(TELEDOC, alert_below=2, limit_count=None, limit_period="")
    fill_pool(TELEDOC, "A", "B", "C", "D")
    alice = redeemer()
    redeem(alice, TELEDOC)
    assert low_since(TELEDOC) is None
    redeem(alice, TELEDOC)
    since = low_since(TELEDOC)
    redeem(alice, TELEDOC)
    assert low_since(TELEDOC) == since is not None
    fill_pool(TELEDOC, "E", "F", "G")
    assert low_since(TELEDOC) is None
    redeem(alice, TELEDOC)
    redeem(alice, TELEDOC)
    assert low_since(TELEDOC) > since


def test_codes_that_expire_run_a_pool_low_without_anybodys_doing():
    change(TELEDOC, alert_below=1)
    fill_pool(TELEDOC, *(f"{n},{timezone.localdate() + timedelta(days=40)}" for n in "ABC"), header="code,expires_on")
    Reward.objects.exclude(sku=TELEDOC).update(is_on_sale=False)
    watch_stock()
    assert low_since(TELEDOC) is None
    with time_machine.travel(timezone.now() + timedelta(days=35)):
        watch_stock()
        since = low_since(TELEDOC)
        watch_stock()
    assert low_since(TELEDOC) == since is not None


@pytest.fixture
def bought():
    """A member and their e-card."""
    fill_pool(JD_50, "JD-1,PIN-1", header="code,password")
    alice = redeemer()
    return alice, redeem(alice, JD_50)


def test_the_owner_is_shown_the_code_and_each_time_is_on_record(bought):
    alice, redemption = bought
    for _ in range(2):
        shown = show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB)
        assert (shown.code, shown.password, shown.good_until) == ("JD-1", "PIN-1", redemption.good_until)
    assert "JD-1" not in repr(shown)
    assert [(showing.member, showing.entrance) for showing in VoucherShowing.objects.all()] == [(alice, "web")] * 2


def test_a_stranger_does_not_even_learn_that_there_is_one(bought):
    _alice, redemption = bought
    with pytest.raises(Redemption.DoesNotExist):
        show_voucher(member=redeemer(), redemption_id=redemption.pk, context=AT_WEB)
    assert not VoucherShowing.objects.exists()


def test_a_fresh_check_comes_first(bought):
    alice, redemption = bought

    def refused(refusal, context=AT_WEB):
        with pytest.raises(refusal):
            show_voucher(member=alice, redemption_id=redemption.pk, context=context)
        assert not VoucherShowing.objects.exists()

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        refused(FactorNeeded)
    refused(EntranceClosed, context=type(AT_WEB)(entrance=Entrance.HOTLINE, session=AT_WEB.session))
    Member.objects.filter(pk=alice.pk).update(cooling_until=timezone.now() + timedelta(hours=1))
    refused(CoolingDown)


def test_a_level_that_has_lapsed_takes_no_code_from_its_owner(bought):
    alice, redemption = bought
    revoke_levels(member=alice, because=LevelGrant.Revocation.CLOSED, entrance=Entrance.WEB)
    assert show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB).code == "JD-1"


def test_there_is_no_code_of_a_top_up():
    alice = redeemer()
    redemption = redeem(alice, PHONE)
    with pytest.raises(NotDelivered):
        show_voucher(member=alice, redemption_id=redemption.pk, context=AT_WEB)
