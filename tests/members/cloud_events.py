"""CloudEvents as the core sends them, good unless a test says otherwise."""

from itertools import count
from typing import Any

from members.catalogue import event_specs

numbers = count(1)

VALUES = {
    "money": "1200.00",
    "int": 5,
    "percent": "4.80%",
    "date": "2027-01-19",
    "datetime": "2026-11-20T10:15:00+08:00",
    "masked_id": "310***********1234",
    "masked_card": "尾号6688",
    "str": "张三",
}
NUMBERS = {"policy_no": "P2024000123", "application_no": "A2024000123", "call_no": "K1", "customer_no": "C100"}


def debit_failed(**changes: Any) -> dict[str, Any]:
    """The event of docs/feeds.md. `data={…}` changes single variables, None takes one out."""
    return event("renewal.debit_failed", **changes)


def event(code: str, *, data: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A good event of any type; attributes that are changed to None are left out."""
    spec = event_specs()[code]
    values = {name: NUMBERS.get(name, VALUES[kind]) for name, kind in spec.variables.items()}
    if "unit_price" in values:
        values["unit_price"] = "1.2356"
    if "period" in values:
        values["period"] = "2026年2月"
    if "policy_no" not in values and "call_no" not in values and not code.startswith("hotline.window_"):
        values["customer_no"] = NUMBERS["customer_no"]
    values = {name: value for name, value in {**values, **(data or {})}.items() if value is not None}
    named = (name for name in ("policy_no", "application_no", "call_no", "customer_no") if values.get(name))
    attributes = {
        "specversion": "1.0",
        "id": f"core-{next(numbers):06d}",
        "source": "/core/policy-admin",
        "type": code,
        "subject": values.get(next(named, ""), "hotline"),
        "time": "2026-11-20T10:15:00+08:00",
        "datacontenttype": "application/json",
        "data": values,
        **changes,
    }
    return {name: value for name, value in attributes.items() if value is not None}
