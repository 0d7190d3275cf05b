"""The terms of the programme: how long points last, and what they cost."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Points are good until the end of the second year after the one they were earned in: all that a member earned in a
#: year ends on one day, which can be told of in time.
YEARS = 2
#: What comes back into a lot that has expired meanwhile is good for so long again: whoever asked for a reward in time
#: and did not get it has lost nothing, and has time to choose another.
GRACE = timedelta(days=30)
#: What the insurer reckons for one point, in CNY (members/catalogue/README.md: 100 points = CNY 1).
COST = Decimal("0.01")


def expiry(earned_at: datetime) -> datetime:
    """The end of the second calendar year (Asia/Shanghai) after the one in which points were earned."""
    return datetime(earned_at.astimezone(SHANGHAI).year + YEARS + 1, 1, 1, tzinfo=SHANGHAI)


def cost(points: int) -> Decimal:
    """Of so many points, in CNY."""
    return points * COST
