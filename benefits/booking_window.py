"""From when until when a place can be booked."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from members.catalogue import duration

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Further ahead no provider promises its hours.
DAYS_AHEAD = 90


def earliest_start(lead_time: str, now: datetime) -> datetime:
    """The provider needs so long to prepare (booking_lead_time of benefits.csv, an ISO-8601 duration)."""
    return now + duration(lead_time)


def midnight(day: date) -> datetime:
    """When the day begins, in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def last_day(now: datetime) -> date:
    """The last day, in Shanghai, that can be booked."""
    return now.astimezone(SHANGHAI).date() + timedelta(days=DAYS_AHEAD)
