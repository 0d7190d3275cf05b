from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from members import working_days
from members.working_days import add_working_days, is_working_day

days = st.dates(date(2004, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 30), True),  # Wednesday
        (date(2026, 10, 1), False),  # National Day, a Thursday
        (date(2026, 10, 8), True),  # the first Thursday after the holiday
        (date(2026, 10, 10), True),  # a make-up Saturday
        (date(2026, 10, 17), False),  # an ordinary Saturday
        (date(2026, 2, 17), False),  # New Year of the lunar calendar, a Tuesday
    ],
)
def test_holidays_and_make_up_days_are_those_of_china(day, works):
    assert is_working_day(day) is works


def test_ten_working_days_over_the_national_holiday():
    # 28, 29, 30 September, then 8, 9, 10 (make-up), 12, 13, 14, 15 October
    assert add_working_days(date(2026, 9, 27), 10) == date(2026, 10, 15)


def test_no_working_day_is_the_day_itself_even_on_a_holiday():
    assert add_working_days(date(2026, 10, 1), 0) == date(2026, 10, 1)


def test_counting_backward_is_refused():
    with pytest.raises(ValueError, match="forward"):
        add_working_days(date(2026, 10, 1), -1)


def test_a_year_without_known_holidays_counts_weekdays_and_says_so_once():
    working_days.warn_of_unknown_year.cache_clear()
    with capture_logs() as logs:
        assert add_working_days(date(2088, 1, 1), 5) == date(2088, 1, 8)  # a Thursday to the next one
        assert is_working_day(date(2088, 10, 1)) is True  # a Friday, whatever National Day will be
    assert [(entry["event"], entry["year"]) for entry in logs] == [("holidays_unknown", 2088)]


@given(day=days, n=st.integers(1, 40))
def test_the_result_is_a_working_day_with_exactly_that_many_in_between(day, n):
    end = add_working_days(day, n)
    assert is_working_day(end)
    between = (day + timedelta(days=i) for i in range(1, (end - day).days + 1))
    assert sum(is_working_day(each) for each in between) == n


@given(day=days, first=st.integers(0, 20), then=st.integers(0, 20))
def test_counting_in_two_steps_is_counting_in_one(day, first, then):
    assert add_working_days(add_working_days(day, first), then) == add_working_days(day, first + then)
