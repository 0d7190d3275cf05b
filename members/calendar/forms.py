"""Values in the machine form that docs/feeds.md asks of an event's data."""

from decimal import Decimal

#: What stands for a number that the mirror doesn't know: the event must carry something, and this claims nothing.
UNKNOWN = "****"


def money(amount: Decimal) -> str:
    """`1200.00`"""
    return f"{amount:.2f}"


def masked_card(number: str) -> str:
    """`尾号6688`, as in the catalogue's examples."""
    return f"尾号{number[-4:]}" if len(number) > 4 else UNKNOWN


def masked_id(number: str) -> str:
    """`310***********1234` of a resident ID; shorter documents show no more than half."""
    if len(number) < 4:
        return UNKNOWN
    head, tail = (3, 4) if len(number) >= 14 else (len(number) // 4, len(number) // 4)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]
