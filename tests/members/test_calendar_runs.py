"""The daily job from one day to the next: twice, late, for the first time, and beside the core."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from members.actions.accept_events import accept_events
from members.actions.announce_calendar_events import announce_calendar_events
from members.models import CalendarDay, PolicyEvent
from tests.factories import CustomerFactory, PolicyFactory

pytestmark = pytest.mark.django_db

TYPE = "benefit_payout.proof_of_life_required"
DUE_ON, DAY = date(2026, 4, 1), date(2026, 3, 2)


@pytest.fixture
def policy():
    return annuity(DUE_ON)


def annuity(due_on):
    return PolicyFactory(
        effective_on=date(2024, 6, 15), paid_to_on=None, proof_of_life_due_on=due_on, policyholder=CustomerFactory()
    )


def runs_finished():
    return list(CalendarDay.objects.order_by("day").values_list("day", flat=True))


def test_running_twice_changes_nothing(policy):
    assert announce_calendar_events(day=DAY).accepted == {TYPE: 1}
    assert announce_calendar_events(day=DAY).accepted == {}
    assert PolicyEvent.objects.count() == 1
    assert runs_finished() == [DAY]


def test_an_event_of_the_calendar_looks_like_one_of_the_core(policy):
    announce_calendar_events(day=DAY)
    event = PolicyEvent.objects.get()
    assert (event.source, event.event_id) == ("/banyan/calendar", f"{TYPE}:{policy.policy_no}:2026-04-01")
    # The midnight in China with which the day begins.
    assert event.occurred_at == datetime(2026, 3, 1, 16, tzinfo=UTC)


def test_the_first_run_makes_up_for_nothing(policy):
    assert announce_calendar_events(day=date(2026, 3, 3)).accepted == {}


def test_a_missed_day_is_made_up_for(policy):
    announce_calendar_events(day=date(2026, 3, 1))
    assert announce_calendar_events(day=date(2026, 3, 4)).accepted == {TYPE: 1}
    assert PolicyEvent.objects.get().occurred_at == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert runs_finished() == [date(2026, 3, day) for day in (1, 2, 3, 4)]


@pytest.mark.parametrize(("day", "accepted"), [(date(2026, 3, 9), {TYPE: 1}), (date(2026, 3, 10), {})])
def test_nothing_older_than_seven_days_is_announced_late(policy, day, accepted):
    announce_calendar_events(day=date(2026, 2, 20))
    assert announce_calendar_events(day=day).accepted == accepted


def test_the_days_that_were_missed_for_good_are_named_once(policy):
    announce_calendar_events(day=date(2026, 2, 28))
    run = announce_calendar_events(day=date(2026, 3, 10))
    assert run.missed == (date(2026, 3, 1), date(2026, 3, 2))
    assert announce_calendar_events(day=date(2026, 3, 11)).missed == ()


def test_a_person_may_have_older_days_made_up_for(policy):
    announce_calendar_events(day=date(2026, 2, 20))
    announce_calendar_events(day=date(2026, 3, 20))
    assert announce_calendar_events(day=date(2026, 3, 20), since=DAY).accepted == {TYPE: 1}


def test_what_the_book_tells_late_is_announced_late():
    announce_calendar_events(day=date(2026, 3, 1))
    announce_calendar_events(day=DAY)
    annuity(DUE_ON)
    assert announce_calendar_events(day=date(2026, 3, 3)).accepted == {TYPE: 1}


def test_what_no_longer_holds_is_not_made_up_for(policy):
    announce_calendar_events(day=date(2026, 3, 1))
    policy.status = "surrendered"
    policy.save()
    assert announce_calendar_events(day=date(2026, 3, 4)).accepted == {}


def test_the_next_anchor_is_announced_anew(policy):
    announce_calendar_events(day=DAY)
    policy.proof_of_life_due_on = date(2027, 4, 1)
    policy.save()
    assert announce_calendar_events(day=date(2027, 3, 2)).accepted == {TYPE: 1}
    assert PolicyEvent.objects.filter(state="published").count() == 2


def test_what_the_core_announced_first_is_recorded_and_consumed_by_nobody(policy):
    core = {
        "specversion": "1.0",
        "id": "core-1",
        "source": "/core",
        "type": TYPE,
        "subject": policy.policy_no,
        "time": "2026-03-01T10:00:00+08:00",
        "data": {"policy_no": policy.policy_no, "customer_name": "王小明", "due_date": "2026-04-01"},
    }
    accept_events(raw=[core])
    announce_calendar_events(day=DAY)
    states = PolicyEvent.objects.order_by("id").values_list("source", "state")
    assert list(states) == [("/core", "published"), ("/banyan/calendar", "already_announced")]
    announce_calendar_events(day=DAY)
    assert PolicyEvent.objects.count() == 2


def test_more_policies_than_a_page_are_all_found(monkeypatch):
    monkeypatch.setattr("members.calendar.finding.PAGE", 2)
    for _ in range(5):
        annuity(DUE_ON)
    assert announce_calendar_events(day=DAY).accepted == {TYPE: 5}


def test_an_event_that_the_log_refuses_is_reported_and_harms_no_other(policy):
    nameless = annuity(DUE_ON)
    nameless.roles.all().delete()
    run = announce_calendar_events(day=DAY)
    assert run.accepted == {TYPE: 1}
    assert run.refused == {f"{TYPE} not_text /data/customer_name": 1}


def test_the_command_says_what_it_found(policy):
    out = StringIO()
    call_command("announce_calendar_events", "--day", "2026-03-02", stdout=out)
    assert out.getvalue().splitlines() == [f"{TYPE} 1", "first=2026-03-02 day=2026-03-02 accepted=1"]


def test_the_command_asks_for_a_word_about_days_too_long_ago(policy):
    call_command("announce_calendar_events", "--day", "2026-02-28", stdout=StringIO())
    err = StringIO()
    call_command("announce_calendar_events", "--day", "2026-03-10", stdout=StringIO(), stderr=err)
    assert "--since 2026-03-01" in err.getvalue()


def test_the_command_refuses_a_span_that_ends_before_it_begins():
    with pytest.raises(CommandError, match="since"):
        call_command("announce_calendar_events", "--day", "2026-03-02", "--since", "2026-03-03")
