"""What has been going on at the desk of the demo's clinic: visits, cases, a closed month and one with a dispute."""

from collections import deque

from dateutil.relativedelta import relativedelta
from django.db import transaction

from benefits.actions.close_settlement import close_settlement
from benefits.actions.dispute_line import dispute_line
from benefits.actions.settle_month import settle_month
from benefits.actions.staff_desk import add_desk_worker
from benefits.models import DeskWorker, Provider
from benefits.settlement_month import last_month
from members.actions.grant_level import grant_level
from members.entrances import Entrance
from members.models import Customer, Level, LevelGrant, Member
from members.queries import level_of
from portal.demo.accounts import DESK_MOBILE, STAFF_MOBILE, make_member
from portal.demo.clinic import PROVIDER_NO
from portal.demo.desk_cases import tell_cases
from portal.demo.desk_visits import tell_visits
from portal.demo.family import HOLDER_NO

GUESTS = 16


@transaction.atomic
def open_the_desk() -> None:
    """Once: who has worked there has a history of their own."""
    provider = Provider.objects.get(provider_no=PROVIDER_NO)
    if DeskWorker.objects.filter(provider=provider).exists():
        return
    staff = Member.objects.with_mobile(STAFF_MOBILE).get()
    worker = add_desk_worker(mobile=DESK_MOBILE, provider=provider, by=staff)
    guests = deque(make_guests())
    tell_visits(guests)
    tell_cases(list(guests), worker)
    before = settle_month(provider=provider, month=last_month() - relativedelta(months=1))
    close_settlement(settlement_id=before.pk, by=staff)
    line = settle_month(provider=provider, month=last_month()).lines.order_by("pk").first()
    assert line
    dispute_line(line_id=line.pk, worker=worker, reason="当天按约定加做了牙面抛光，合同价应为300元。")


def make_guests() -> list[Member]:
    """Members whose tier gives them visits, proved to be who they are."""
    people = Customer.objects.filter(
        kind=Customer.Kind.INDIVIDUAL,
        deceased_on=None,
        mobile_index__isnull=False,
        tier_periods__ended_on=None,
        tier_periods__isnull=False,
    ).exclude(customer_no=HOLDER_NO)
    for customer in people.order_by("customer_no")[:GUESTS]:
        make_member(customer, wechat=True)
    guests = list(Member.objects.filter(customer__in=people).order_by("customer__customer_no"))
    for guest in guests:
        if level_of(guest) < Level.VERIFIED:
            grant_level(
                member=guest,
                level=Level.VERIFIED,
                method=LevelGrant.Method.IDENTITY_MATCH,
                evidence="demo",
                entrance=Entrance.WEB,
            )
    return guests
