"""A year of points for the demo's members: earned, redeemed, given, owed, and some that end soon."""

from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from members.models import Member
from points.models import Account, Redemption
from portal.demo.accounts import policyholders
from portal.demo.backdating import Past
from portal.demo.family import HOLDER_NO

State = Redemption.State
SEED = 1
YEAR = 364
#: So many days ago some points had their last day.
LAPSED = 20
#: Rule, points, and every how many days: what a member does here without thinking of points.
HABITS = (
    ("self_service.transaction", 20, 17),
    ("self_service.query", 2, 9),
    ("daily.quiz", 5, 12),
    ("feedback.survey", 10, 31),
    ("festival.task", 30, 45),
)
#: Days ago, rule, points: of the holder, whom the demo is signed in as.
HOLDER_EARNED = (
    (364, "identity.register", 50),
    (363, "identity.wechat_bind", 50),
    (350, "care.commitment_missed", 500),
    (349, "care.commitment_missed", 300),
    (300, "feedback.suggestion", 200),
    (241, "self_service.claim", 100),
    (204, "care.birthday", 50),
    (181, "care.commitment_missed", 500),
    (180, "care.commitment_missed", 500),
    (150, "festival.check_in", 50),
    (120, "care.commitment_missed", 200),
    (95, "self_service.eletter", 50),
    (60, "feedback.suggestion", 200),
)
HOLDER_REDEEMED = (
    (170, "PHONE-10", State.FAILED),
    (168, "PHONE-10", State.DELIVERED),
    (100, "HEALTH-TELEDOC", State.DELIVERED),
    (40, "DONATE-100", State.DELIVERED),
    (1, "PHONE-10", State.DOUBTFUL),
)


def tell_points_history() -> None:
    """For members who have no points yet; the others have a history of their own."""
    now = timezone.now()
    holder = Member.objects.filter(customer__customer_no=HOLDER_NO)
    others = (
        Member.objects.filter(customer__in=policyholders()).exclude(pk__in=holder).order_by("customer__customer_no")
    )
    for number, member in enumerate([*holder, *others]):
        with transaction.atomic():
            if Account.objects.filter(member=member, entries__isnull=False).exists():
                continue
            past = Past(member, now)
            if number == 0:
                live_as_the_holder(past, now)
            elif number == 1:
                come_to_owe(past)
            else:
                live_quietly(past, Random(SEED + number))  # noqa: S311 invented figures, the same in every demo
            past.date_back()


def live_as_the_holder(past: Past, now: datetime) -> None:
    for day in range(YEAR, 0, -1):
        for ago, rule, points in HOLDER_EARNED:
            if ago == day:
                past.earned(day, points, rule)
        for rule, points, every in HABITS:
            if day % every == 0:
                past.earned(day, points, rule)
        for ago, sku, state in HOLDER_REDEEMED:
            if ago == day:
                past.redeems(day, sku, state)
        if day == YEAR:
            past.earned(day, 30, "festival.task", expires_at=end_of_day(now, -LAPSED))
        if day == LAPSED:
            past.lapses(day - 1)
    # Of actions whose points end sooner than the terms say.
    past.earned(0, 50, "festival.check_in", expires_at=end_of_day(now, 18))
    for _task in range(2):
        past.earned(0, 30, "festival.task", expires_at=end_of_day(now, 18))
    past.earned(0, 5, "festival.charity_steps", expires_at=end_of_day(now, 75))
    past.earned(0, 50, "service.callback_online", available_at=now + timedelta(days=12))


def come_to_owe(past: Past) -> None:
    """What was given away already is taken back, and so is owed."""
    past.earned(200, 50, "identity.register")
    claim = past.earned(90, 100, "self_service.claim")
    past.redeems(60, "DONATE-100", State.DELIVERED)
    past.taken_back(30, claim, "self_service.claim")


def live_quietly(past: Past, random: Random) -> None:
    past.earned(YEAR, 50, "identity.register")
    past.earned(random.randint(330, YEAR - 1), 200, "feedback.suggestion")
    for day in sorted(random.sample(range(2, 330), random.randint(8, 25)), reverse=True):
        rule, points, _every = random.choice(HABITS)
        past.earned(day, points, rule)
    past.redeems(1, "DONATE-100", State.DELIVERED)


def end_of_day(now: datetime, days: int) -> datetime:
    """The midnight after that day, Shanghai's."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days + 1)
