"""Birthdays, anniversaries, complete profiles and daily sign-ins: each raised once in its period, by whatever run."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, InternalError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.crypto import get_random_string

from members import tasks
from members.actions.give_consent import give_consent
from members.actions.raise_membership_events import raise_daily_sign_ins, raise_membership_event, raise_yearly_events
from members.actions.record_account_event import record_account_event
from members.entrances import Entrance
from members.events import membership_event_raised
from members.models import AccountEvent, Consent, Member, MembershipEvent
from members.own_data import erase_account, export_account
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified
from tests.members.test_merge_accounts import merge

pytestmark = pytest.mark.django_db
Code = MembershipEvent.Code
DAY = date(2026, 3, 2)


def raised(code):
    return list(MembershipEvent.objects.filter(code=code).order_by("period").values_list("member_id", "period"))


def born(on, **member):
    return MemberFactory(customer=CustomerFactory(birth_date=on), **member)


@pytest.fixture
def told():
    facts = []

    def listen(fact, **_):
        facts.append(fact)

    membership_event_raised.connect(listen)
    yield facts
    membership_event_raised.disconnect(listen)


def test_a_birthday_is_raised_once_a_year_however_often_the_task_runs(told):
    alice = born(date(1960, 3, 2))
    born(date(1960, 3, 3))
    for day in (DAY, DAY, DAY + timedelta(days=2), DAY.replace(year=2027)):
        raise_yearly_events(day=day)
    assert raised(Code.BIRTHDAY)[:1] == [(alice.pk, "2026")]
    assert [period for pk, period in raised(Code.BIRTHDAY) if pk == alice.pk] == ["2026", "2027"]
    assert (told[0].code, told[0].member_id, told[0].period) == ("membership.birthday", alice.pk, "2026")
    assert len(told) == MembershipEvent.objects.count()


@pytest.mark.parametrize(
    ("birth", "run_on", "period"),
    [
        (date(1960, 2, 29), date(2026, 2, 28), "2026"),
        (date(1960, 2, 29), date(2028, 2, 28), None),
        (date(1960, 2, 29), date(2028, 2, 29), "2028"),
        (date(1960, 12, 31), date(2027, 1, 2), "2026"),  # the task was down over New Year
        (date(1960, 2, 27), DAY, "2026"),
        (date(1960, 2, 26), DAY, None),  # too late to be a greeting
        (date(1960, 3, 3), DAY, None),
        (date(2026, 3, 1), DAY, None),  # a newborn has none
    ],
)
def test_on_which_day_it_is_a_birthday(birth, run_on, period):
    member = born(birth)
    raise_yearly_events(day=run_on)
    assert raised(Code.BIRTHDAY) == ([(member.pk, period)] if period else [])


def test_nobody_is_greeted_who_is_dead_blocked_staff_or_without_a_number():
    MemberFactory(customer=CustomerFactory(birth_date=date(1960, 3, 2), deceased_on=date(2026, 1, 1)))
    born(date(1960, 3, 2), is_active=False)
    born(date(1960, 3, 2), is_staff=True)
    born(date(1960, 3, 2), mobile="")
    MemberFactory()
    assert raise_yearly_events(day=DAY) == 0


def test_the_anniversary_is_that_of_the_account_by_the_day_in_shanghai():
    alice, bob = MemberFactory(), MemberFactory()
    Member.objects.filter(pk=alice.pk).update(created_at=datetime(2024, 3, 1, 16, 30, tzinfo=UTC))  # the 2nd there
    Member.objects.filter(pk=bob.pk).update(created_at=datetime(2026, 3, 2, 4, tzinfo=UTC))  # today: none yet
    raise_yearly_events(day=DAY)
    assert raised(Code.ANNIVERSARY) == [(alice.pk, "2026")]


COMPLETE = {"address": "世纪大道100号", "email": "a@example.com", "eletter_consent": False}


@pytest.mark.parametrize("missing", ["", *COMPLETE])
def test_a_profile_is_complete_when_nothing_is_missing(missing):
    member = MemberFactory(customer=CustomerFactory(**COMPLETE | ({missing: None} if missing else {})))
    raise_yearly_events(day=DAY)
    assert raised(Code.PROFILE_COMPLETED) == ([] if missing else [(member.pk, "")])


def test_a_profile_is_completed_by_what_the_member_says_here_and_once_in_a_lifetime():
    member = MemberFactory(email="b@example.com", customer=CustomerFactory(address="世纪大道100号"))
    give_consent(
        member=member, kind=Consent.Kind.MARKETING_SMS, version=1, language="zh-hans", entrance=Entrance.WECHAT
    )
    for day in (DAY, DAY + timedelta(days=1), DAY.replace(year=2027)):
        raise_yearly_events(day=day)
    assert raised(Code.PROFILE_COMPLETED) == [(member.pk, "")]


def seen(member, at):
    """Signed in for good, and last seen then."""
    return UserSession.objects.create(
        user=member, session_key=get_random_string(32), ip="192.0.2.1", user_agent="", last_seen_at=at
    )


def test_a_day_is_raised_once_however_often_and_wherever_one_signs_in(told):
    alice = MemberFactory()
    for entrance in (Entrance.WEB, Entrance.APP):
        record_account_event(member=alice, kind=AccountEvent.Kind.SIGNED_IN, entrance=entrance)
    now = timezone.now()
    seen(alice, now)
    assert [raise_daily_sign_ins(now=now), raise_daily_sign_ins(now=now)] == [1, 0]
    assert raised(Code.SIGNED_IN_DAILY) == [(alice.pk, str(timezone.localdate(now)))]
    assert [fact.code for fact in told] == ["membership.signed_in_daily"]


def test_whoever_stays_signed_in_is_seen_each_day_of_shanghai():
    alice, before_midnight = MemberFactory(), datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    device = seen(alice, before_midnight)
    raise_daily_sign_ins(now=before_midnight + timedelta(minutes=2))
    UserSession.objects.filter(pk=device.pk).update(last_seen_at=before_midnight + timedelta(minutes=5))
    raise_daily_sign_ins(now=before_midnight + timedelta(minutes=6))
    assert raised(Code.SIGNED_IN_DAILY) == [(alice.pk, "2026-03-02"), (alice.pk, "2026-03-03")]


def test_a_true_sign_in_is_found_and_took_no_statement_more(client):
    alice = MemberFactory()
    with CaptureQueriesContext(connection) as asked:
        client.force_login(alice)
    assert not [query for query in asked if "membershipevent" in query["sql"]]
    tasks.raise_daily_sign_ins()
    tasks.raise_daily_sign_ins()
    assert [pk for pk, _ in raised(Code.SIGNED_IN_DAILY)] == [alice.pk]


def test_the_nightly_task_raises_what_is_due_today():
    member = MemberFactory(customer=CustomerFactory(**COMPLETE))
    tasks.raise_yearly_events()
    tasks.raise_yearly_events()
    assert raised(Code.PROFILE_COMPLETED) == [(member.pk, "")]


def test_what_a_listener_refuses_is_not_raised_keeps_nobody_else_waiting_and_is_tried_again():
    alice, bob = born(date(1960, 3, 2)), born(date(1970, 3, 2))

    def refuse(fact, **_):
        if fact.member_id == alice.pk:
            raise LookupError

    membership_event_raised.connect(refuse)
    try:
        assert raise_yearly_events(day=DAY) == 1
    finally:
        membership_event_raised.disconnect(refuse)
    assert raised(Code.BIRTHDAY) == [(bob.pk, "2026")]
    assert raise_yearly_events(day=DAY) == 1
    assert sorted(raised(Code.BIRTHDAY)) == [(alice.pk, "2026"), (bob.pk, "2026")]


def test_a_database_that_is_gone_ends_the_run():
    """Tried member by member, it would be asked in vain thousands of times."""
    born(date(1960, 3, 2)), born(date(1970, 3, 2))
    asked = []

    def lose_the_connection(fact, **_):
        asked.append(fact)
        raise OperationalError

    membership_event_raised.connect(lose_the_connection)
    try:
        with pytest.raises(OperationalError):
            raise_yearly_events(day=DAY)
    finally:
        membership_event_raised.disconnect(lose_the_connection)
    assert len(asked) == 1


def test_the_database_keeps_the_period_whatever_the_code_does():
    alice = MemberFactory()
    assert raise_membership_event(member_id=alice.pk, code=Code.BIRTHDAY, period="2026")
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipEvent.objects.create(member=alice, code=Code.BIRTHDAY, period="2026")
    with pytest.raises(InternalError), transaction.atomic():
        MembershipEvent.objects.update(period="2025")


def test_two_accounts_that_become_one_have_had_what_either_had():
    customer = CustomerFactory(id_type="resident_id", id_no="11010519491231002X")
    alice, other = verified(MemberFactory(customer=customer)), MemberFactory()
    for member, code, period in [
        (alice, Code.SIGNED_IN_DAILY, "2026-03-01"),
        (other, Code.SIGNED_IN_DAILY, "2026-03-01"),
        (other, Code.PROFILE_COMPLETED, ""),
    ]:
        raise_membership_event(member_id=member.pk, code=code, period=period)
    kept = merge(alice, other)
    assert [code for code in Code if raise_membership_event(member_id=kept.pk, code=code)] == [
        Code.BIRTHDAY,
        Code.ANNIVERSARY,
        Code.SIGNED_IN_DAILY,
    ]
    assert raised(Code.PROFILE_COMPLETED) == [(kept.pk, "")]


def test_it_is_copied_out_and_erased_with_the_account():
    alice = MemberFactory()
    raise_membership_event(member_id=alice.pk, code=Code.BIRTHDAY, period="2026")
    assert [row["code"] for section in export_account(alice) for row in section.rows if "code" in row] == [
        Code.BIRTHDAY.label
    ]
    erase_account(alice)
    assert not MembershipEvent.objects.exists()
