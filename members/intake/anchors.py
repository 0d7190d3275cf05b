"""Which variable of a scheduled type carries the date that its announcement is anchored to.

A scheduled type is announced once per (type, subject, anchor date). The catalogue's column `schedule_anchor` names
the date in the core; what an event carries of it stands here, with the days from the variable back to the anchor.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from members.catalogue import EventSpec
from members.intake.forms import day

GRACE = timedelta(days=60)  # docs/feeds.md: from the due date
SAME_DAY = timedelta()
NEXT_DAY = timedelta(days=1)
# Where nothing carries the anchor: once per type and subject in this time.
ONCE_IN = timedelta(days=30)
CHINA = ZoneInfo("Asia/Shanghai")
MONTH = re.compile(r"\s*(?!0000)([0-9]{4})\D{1,3}(0?[1-9]|1[0-2])\D*")

ANCHOR_VARIABLES: dict[str, tuple[str, timedelta] | None] = {
    # due_date is the day by which the customer must act, not the day of the application or of the letter.
    "sales.double_recording_pending": None,
    "underwriting.item_reminder": None,
    "issuance.receipt_pending": None,
    "issuance.callback_overdue": ("cooling_end", SAME_DAY),
    "issuance.cooling_off_ending": ("cooling_end", SAME_DAY),
    "issuance.waiting_period_ended": ("end_date", SAME_DAY),
    "renewal.premium_due_30d": ("due_date", SAME_DAY),
    "renewal.grace_started": ("grace_end", GRACE),
    "renewal.grace_second_notice": ("grace_end", GRACE),
    "renewal.grace_ending_7d": ("grace_end", SAME_DAY),
    "renewal.lapsed": ("lapse_date", NEXT_DAY),
    "renewal.reinstatement_window_ending": ("reinstate_end", SAME_DAY),
    "renewal.short_term_renewal_due": ("cover_end", SAME_DAY),
    "renewal.guarantee_period_ending": ("cover_end", SAME_DAY),
    "renewal.rider_expiring": ("cover_end", SAME_DAY),
    "renewal.cover_ended": ("cover_end", SAME_DAY),
    "policy_admin.id_expiring": ("expiry_date", SAME_DAY),
    "policy_admin.annual_statement": None,
    "benefit_payout.survival_due": ("due_date", SAME_DAY),
    "benefit_payout.annuity_starting": ("due_date", SAME_DAY),
    "benefit_payout.proof_of_life_required": ("due_date", SAME_DAY),
    "benefit_payout.proof_of_life_suspended": ("effective_date", NEXT_DAY),
    "benefit_payout.maturity_upcoming": ("end_date", SAME_DAY),
    "benefit_payout.unclaimed_reminder": None,
    # A month in words ("2026年2月"). Settlements are 28 to 31 days apart: 30 days would swallow March's.
    "investment.monthly_settlement": ("period", SAME_DAY),
    "investment.ul_annual_report": None,
    "investment.ilp_quarterly_report": None,
    "investment.ilp_annual_report": None,
    "loan.maturity_upcoming": ("due_date", SAME_DAY),
    "loan.overdue_capitalised": None,
}


def anchor_of(spec: EventSpec, data: Mapping[str, Any]) -> date | None:
    """The anchor date that an event of a scheduled type carries; None: it carries none.

    A month stands for its first day. `data` has been checked against the catalogue.
    """
    carried = ANCHOR_VARIABLES[spec.code]
    if carried is None:
        return None
    name, distance = carried
    month = MONTH.fullmatch(data[name]) if name == "period" else None
    found = date(int(month[1]), int(month[2]), 1) if month else day(data[name])
    try:
        return found - distance if found else None
    except OverflowError:
        return None


def day_of(occurred_at: datetime) -> date:
    """The day in China on which it happened: what stands for the anchor where none is carried."""
    return occurred_at.astimezone(CHINA).date()
