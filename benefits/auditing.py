"""Comparing what bookings and cases hold with what slots and entitlements say is taken."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from benefits.models import Booking, Case

#: Of each kind of difference so many are told.
EXAMPLES = 3


@dataclass(frozen=True)
class Difference:
    """`what` differs; of the first rows where it does (id, what is written there, what was reckoned from the bookings
    and cases that rest on it)."""

    what: str
    rows: tuple[tuple[int, int, int], ...]

    def __str__(self) -> str:
        rows = "; ".join(f"{row_id}, {written} ≠ {reckoned}" for row_id, written, reckoned in self.rows)
        return f"{self.what}: {rows}"


class BenefitsDiffer(Exception):
    """`differences`: one of each kind that there is."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        super().__init__(differences)
        self.differences = differences

    def __str__(self) -> str:
        return "\n".join(map(str, self.differences))


# Each compares whole tables in one statement, and so sees one moment of them; id, written, reckoned.
OF_A_SLOT = """
    SELECT slot.id, slot.taken, coalesce(booked.places, 0) FROM benefits_slot slot
    LEFT JOIN (SELECT slot_id, count(*) AS places FROM benefits_booking WHERE state = ANY(%(in_slot)s) GROUP BY slot_id)
        AS booked ON booked.slot_id = slot.id
    WHERE slot.taken <> coalesce(booked.places, 0)"""
OF_AN_ENTITLEMENT = """
    SELECT entitlement.id, entitlement.{column}, coalesce(uses.number, 0) FROM benefits_entitlement entitlement
    LEFT JOIN (
        SELECT entitlement_id, count(*) AS number FROM (
            SELECT entitlement_id, guest_id FROM benefits_booking WHERE state = ANY(%({column}_visits)s)
            UNION ALL SELECT entitlement_id, guest_id FROM benefits_case WHERE state = ANY(%({column}_cases)s)
        ) AS each {where} GROUP BY entitlement_id
    ) AS uses ON uses.entitlement_id = entitlement.id
    WHERE entitlement.{column} <> coalesce(uses.number, 0)"""
COMPARISONS = {
    "slot.taken and its bookings": OF_A_SLOT,
    "entitlement.held and what is open": OF_AN_ENTITLEMENT.format(column="held", where=""),
    "entitlement.used and what was used": OF_AN_ENTITLEMENT.format(column="used", where=""),
    "entitlement.family_used and what went to family": OF_AN_ENTITLEMENT.format(
        column="family_used", where="WHERE guest_id IS NOT NULL"
    ),
}
STATES: dict[str, Any] = {
    # A place is free again once a visit was called off, however late.
    "in_slot": [*Booking.OPEN, Booking.State.COMPLETED, Booking.State.NO_SHOW],
    "held_visits": list(Booking.OPEN),
    "held_cases": list(Case.OPEN),
    "used_visits": list(Booking.SPENT),
    "used_cases": list(Case.SPENT),
    "family_used_visits": [*Booking.OPEN, *Booking.SPENT],
    "family_used_cases": [*Case.OPEN, *Case.SPENT],
}


def audit() -> None:
    """Raises BenefitsDiffer. Reads every row: a job for the night."""
    found = [Difference(what, rows) for what, comparison in COMPARISONS.items() if (rows := differing(comparison))]
    if found:
        raise BenefitsDiffer(tuple(found))


def differing(comparison: str) -> tuple[tuple[int, int, int], ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"{comparison} ORDER BY 1 LIMIT {EXAMPLES}", STATES)
        return tuple(cursor.fetchall())
