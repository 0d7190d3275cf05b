"""The demo's members have a year of points behind them, and the ledger agrees with it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from members.catalogue import rows
from members.models import Member
from points.actions.load_earning_rules import load_earning_rules
from points.actions.load_rewards import load_rewards
from points.actions.seal_postings import seal_postings
from points.auditing import audit
from points.models import Donation, EarningRule, Entry, Posting, Redemption, Reward, VoucherCode
from points.queries import balance_of, expiring
from portal.demo.accounts import make_accounts
from portal.demo.family import HOLDER_NO, INSURED_NO
from portal.demo.points_history import tell_points_history
from portal.demo.rewards import stock_rewards
from portal.points_overview import year_chart
from tests.factories import CustomerFactory, PolicyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    """Chen Siyuan, in a demo with three others."""
    CustomerFactory(customer_no=INSURED_NO)
    for place, number in enumerate((HOLDER_NO, "C1", "C2", "C3")):
        customer = CustomerFactory(customer_no=number, mobile=f"+861391234000{place}")
        PolicyFactory(policyholder=customer, status="in_force")
    load_earning_rules()
    load_rewards()
    make_accounts()
    stock_rewards()
    tell_points_history()
    return Member.objects.get(customer__customer_no=HOLDER_NO)


def test_there_is_something_of_everything(holder):
    balance, now = balance_of(holder.pk), timezone.now()
    # With the 100 for being verified it is enough for a top-up.
    assert balance.available + 100 >= Reward.objects.get(sku="PHONE-10").cost_points
    assert balance.pending == 50 and balance.held == 1_000
    assert [found.points for found in expiring(holder.pk, now + timedelta(days=90))] == [110, 5]
    assert set(Redemption.objects.filter(member=holder).values_list("state", flat=True)) == {
        *("delivered", "failed", "doubtful")
    }
    assert Donation.objects.filter(redemption__member=holder).count() == 1
    assert VoucherCode.objects.filter(redemption__member=holder).count() == 1
    _months, series = year_chart(holder.pk)
    earned, *_others = series.values()
    assert all(earned[1:])
    owing = [member for member in Member.objects.filter(is_staff=False) if balance_of(member.pk).owed]
    assert len(owing) == 1


def test_the_ledger_agrees_with_it(holder):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    audit()
    assert seal_postings() == Posting.objects.count()
    audit()
    for member in Member.objects.filter(is_staff=False):
        balance = 0
        for entry in Entry.objects.filter(account__member=member, account__kind="points").order_by("posted_at", "pk"):
            balance += entry.amount
            assert entry.balance_after == balance
    assert not Entry.objects.filter(posted_at__gt=timezone.now()).exists()


def test_everything_was_earned_as_the_rules_have_it(holder):
    """What a rule pays, and no more of it in a day, a month, a year or a lifetime."""
    rules = {rule.code: rule for rule in EarningRule.objects.all()}
    services = {int(row["earn_points"]) for row in rows("services")}
    commitments = {int(row["compensation_points"]) for row in rows("commitments")}
    pays = {"service": services, "commitment": commitments}
    earned = Entry.objects.filter(account__kind="points", posting__kind="accrue")
    sums = Counter()
    for member_id, code, at, points in earned.values_list(
        "account__member", "posting__reason", "posting__occurred_at", "amount"
    ):
        rule, day = rules[code], timezone.localdate(at)
        assert points in pays.get(rule.source, {rule.points}), code
        for cap, period in {"day": day, "month": (day.year, day.month), "year": day.year, "lifetime": 0}.items():
            sums[member_id, code, cap, period] += points
    for (_member, code, cap, period), points in sums.items():
        assert points <= (getattr(rules[code], f"cap_{cap}") or points), (code, cap, period, points)


def test_told_again_it_is_the_same(holder):
    before = Posting.objects.count(), Redemption.objects.count()
    tell_points_history()
    assert (Posting.objects.count(), Redemption.objects.count()) == before
