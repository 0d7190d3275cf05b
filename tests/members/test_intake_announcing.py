"""Scheduled types: once per (type, subject, anchor date), or once in 30 days where nothing carries the date."""

from datetime import date, timedelta

import pytest

from members.actions.accept_events import accept_events
from members.catalogue import event_specs
from members.intake.anchors import ANCHOR_VARIABLES, anchor_of
from members.models import Announcement, PolicyEvent
from tests.factories import PolicyFactory
from tests.members.cloud_events import event


@pytest.fixture
def policy(db):
    return PolicyFactory(policy_no="P2024000123")


def states():
    return list(PolicyEvent.objects.order_by("id").values_list("state", flat=True))


def at(day, code="issuance.receipt_pending", **changes):
    return event(code, time=f"2026-{day}T10:15:00+08:00", **changes)


def test_table_names_all_30_scheduled_types_and_variables_that_they_declare():
    scheduled = {code for code, spec in event_specs().items() if spec.schedule_anchor}
    assert set(ANCHOR_VARIABLES) == scheduled
    assert len(scheduled) == 30
    for code, carried in ANCHOR_VARIABLES.items():
        if carried:
            assert event_specs()[code].variables[carried[0]] == ("str" if carried[0] == "period" else "date")


def test_where_a_date_named_like_the_anchor_is_declared_it_is_in_the_table():
    silent = {code for code, carried in ANCHOR_VARIABLES.items() if carried is None}
    with_dates = {code for code in silent if "date" in event_specs()[code].variables.values()}
    assert with_dates == {"sales.double_recording_pending", "underwriting.item_reminder"}


@pytest.mark.parametrize(
    ("code", "data", "anchor"),
    [
        ("issuance.cooling_off_ending", {"cooling_end": "2026-03-27"}, date(2026, 3, 27)),
        ("renewal.grace_started", {"grace_end": "2026-05-09"}, date(2026, 3, 10)),
        ("renewal.grace_ending_7d", {"grace_end": "2026-05-09"}, date(2026, 5, 9)),
        ("renewal.lapsed", {"lapse_date": "2026-05-10"}, date(2026, 5, 9)),
        ("benefit_payout.proof_of_life_suspended", {"effective_date": "2026-05-10"}, date(2026, 5, 9)),
        ("investment.monthly_settlement", {"period": "2026年2月"}, date(2026, 2, 1)),
        ("investment.monthly_settlement", {"period": "2026-12"}, date(2026, 12, 1)),
        ("investment.monthly_settlement", {"period": "0000年1月"}, None),
        ("investment.monthly_settlement", {"period": "the month before"}, None),
        ("renewal.grace_started", {"grace_end": "0001-01-01"}, None),
        ("issuance.receipt_pending", {"days": 5}, None),
    ],
)
def test_anchor_is_read_from_the_variable_that_carries_it(code, data, anchor):
    assert anchor_of(event_specs()[code], data) == anchor


def test_same_anchor_is_announced_once_and_recorded_twice(policy):
    first = event("renewal.premium_due_30d", id="core-1")
    again = event("renewal.premium_due_30d", id="calendar-1", source="/banyan/calendar")
    results = accept_events(raw=[first]) + accept_events(raw=[again])
    assert [result.status for result in results] == ["accepted", "accepted"]
    assert states() == ["published", "already_announced"]
    announcement = Announcement.objects.get()
    assert (announcement.type, announcement.subject, announcement.anchor_on, announcement.event.event_id) == (
        "renewal.premium_due_30d",
        "P2024000123",
        date(2027, 1, 19),
        "core-1",
    )


def test_same_anchor_within_one_request_is_announced_once(policy):
    accept_events(raw=[event("renewal.premium_due_30d"), event("renewal.premium_due_30d")])
    assert states() == ["published", "already_announced"]


def test_another_anchor_another_policy_and_another_type_are_announced(policy):
    PolicyFactory(policy_no="P2")
    accept_events(
        raw=[
            event("renewal.premium_due_30d"),
            event("renewal.premium_due_30d", data={"due_date": "2027-01-20"}),
            event("renewal.premium_due_30d", data={"policy_no": "P2"}),
            event("renewal.cover_ended"),
        ]
    )
    assert states() == ["published"] * 4


def test_without_an_anchor_a_type_is_announced_once_in_30_days(policy):
    for day in ("03-01", "03-02", "03-30", "03-31"):
        accept_events(raw=[at(day)])
    assert states() == ["published", "already_announced", "already_announced", "published"]


def test_an_earlier_event_that_comes_later_counts_as_announced_too(policy):
    accept_events(raw=[at("03-31"), at("03-02"), at("03-01")])
    assert states() == ["published", "already_announced", "published"]


def test_the_day_is_that_of_china(policy):
    accept_events(raw=[event("issuance.receipt_pending", time="2026-03-01T23:30:00Z")])
    assert Announcement.objects.get().anchor_on == date(2026, 3, 2)


def test_settlements_of_february_and_march_are_both_announced_28_days_apart(policy):
    for month, day in ((1, "02-01"), (2, "03-01"), (2, "03-02")):
        accept_events(raw=[at(day, "investment.monthly_settlement", data={"period": f"2026年{month}月"})])
    assert states() == ["published", "published", "already_announced"]


def test_an_announcement_that_waits_for_its_policy_is_made(db):
    accept_events(raw=[event("renewal.premium_due_30d")])
    PolicyFactory(policy_no="P2024000123")
    accept_events(raw=[event("renewal.premium_due_30d")])
    assert states() == ["waiting_subject", "already_announced"]


def test_unscheduled_types_are_never_announced_already(policy):
    accept_events(raw=[event("renewal.debit_failed"), event("renewal.debit_failed")])
    assert states() == ["published", "published"]
    assert not Announcement.objects.exists()


def test_offsets_of_the_table_agree_with_the_catalogue():
    # A notice that the catalogue raises the day after its anchor tells of that day.
    for code in ("renewal.lapsed", "benefit_payout.proof_of_life_suspended"):
        assert (event_specs()[code].schedule_offset, ANCHOR_VARIABLES[code][1]) == ("P1D", timedelta(days=1))
