"""Telling members in time what they would lose, and once a month what they have earned."""

from datetime import datetime, timedelta

from django.db.models import F, Sum
from django.utils import timezone

from members.models import Member
from points.events import MonthEarned, PointsExpiring, month_earned, points_expiring
from points.models import Account, Entry, Lot, Posting
from points.terms import SHANGHAI

#: Days before points end.
WARNINGS = (30, 7)
#: How late a warning still comes: as long as the daily task may have been down over a weekend.
LATEST = timedelta(days=3)


def tell_of_expiry(*, at: datetime) -> int:
    """Tells of what ends within 30 days, and again within 7; returns how many times, also where it was told before.

    Whoever listens tells each member once of one day and warning. What is set aside is not counted: it does not expire.
    """
    told = 0
    for days in WARNINGS:
        until = at + timedelta(days=days)
        ending = (
            Lot.objects.free()
            .filter(expires_at__gt=until - LATEST, expires_at__lte=until, account__member__is_active=True)
            .values_list("account__member", "expires_at")
            .annotate(points=Sum(F("remaining") - F("held")))
            .order_by("account__member", "expires_at")
        )
        for member_id, expires_at, points in ending.iterator():
            # Robust: what can't be told to one member (Django logs it) keeps nobody else from being told.
            points_expiring.send_robust(PointsExpiring, fact=PointsExpiring(member_id, points, expires_at, days))
            told += 1
    return told


def tell_of_earnings(*, at: datetime) -> int:
    """Tells what was earned in the month (Asia/Shanghai) before the one of `at`; returns how many members that were.

    What was taken back since is not counted: the statement shows it.
    """
    here = timezone.localtime(at, SHANGHAI)
    ends = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begins = (ends - timedelta(days=1)).replace(day=1)
    earned = (
        Entry.objects.filter(posted_at__gte=begins, posted_at__lt=ends, posting__kind=Posting.Kind.ACCRUE)
        .filter(account__kind=Account.Kind.POINTS, account__member__in=Member.objects.filter(is_active=True))
        .values_list("account__member")
        .annotate(points=Sum("amount"))
        .order_by("account__member")
    )
    told = 0
    for member_id, points in earned.iterator():
        month_earned.send_robust(MonthEarned, fact=MonthEarned(member_id, f"{begins:%Y-%m}", points))
        told += 1
    return told
