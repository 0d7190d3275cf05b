"""Deadlines and quiet hours, in Shanghai."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.clock import SHANGHAI, due_at, quiet_until


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        ("2026-11-20T20:59", None),
        ("2026-11-20T21:00", "2026-11-21T08:00"),
        ("2026-11-21T00:00", "2026-11-21T08:00"),
        ("2026-11-21T07:59", "2026-11-21T08:00"),
        ("2026-11-21T08:00", None),
    ],
)
def test_quiet_hours_run_from_nine_in_the_evening_to_eight(moment, end):
    assert quiet_until(at(moment)) == (at(end) if end else None)


@pytest.mark.parametrize(
    ("occurred", "deadline", "day_count", "respects", "due"),
    [
        # as the clock runs
        ("2026-11-20T22:00", "PT1H", "calendar", False, "2026-11-20T23:00"),
        ("2026-11-20T22:00", "P1D", "calendar", False, "2026-11-21T22:00"),
        ("2026-11-20T22:00", "PT24H", "calendar", False, "2026-11-21T22:00"),
        # hours pause in quiet hours
        ("2026-11-20T20:30", "PT1H", "calendar", True, "2026-11-21T08:30"),
        ("2026-11-20T22:00", "PT4H", "calendar", True, "2026-11-21T12:00"),
        ("2026-11-20T10:00", "PT4H", "calendar", True, "2026-11-20T14:00"),
        # days are days, but nobody is woken at their end
        ("2026-11-20T22:00", "P1D", "calendar", True, "2026-11-22T08:00"),
        ("2026-11-20T10:00", "P1D", "calendar", True, "2026-11-21T10:00"),
        # Friday + 2 working days = the end of Tuesday
        ("2026-11-20T10:00", "P2D", "working", False, "2026-11-25T00:00"),
        # which is over at midnight, though nobody is woken then
        ("2026-11-20T10:00", "P2D", "working", True, "2026-11-25T00:00"),
        # National Day week: 30 September + 1 working day = 8 October; 10 October is a make-up working Saturday
        ("2026-09-30T10:00", "P1D", "working", False, "2026-10-09T00:00"),
    ],
)
def test_deadline(occurred, deadline, day_count, respects, due):
    found = due_at(at(occurred), deadline=deadline, day_count=day_count, respects_quiet_hours=respects)
    assert found == at(due)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 31)),
    st.integers(1, 23),
)
def test_pausing_deadline_is_never_earlier_and_never_in_quiet_hours(moment, hours):
    occurred = moment.replace(tzinfo=SHANGHAI)
    due = due_at(occurred, deadline=f"PT{hours}H", day_count="calendar", respects_quiet_hours=True)
    assert due >= occurred + timedelta(hours=hours)
    assert quiet_until(due - timedelta(microseconds=1)) is None
