"""Figures as people read them."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def grouped(figure: Decimal | int) -> str:
    """1234 as 1,234, Decimal 1234.5 as 1,234.50, as Chinese banks write them: Django would part after four figures."""
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.2f}"


@register.filter
def signed(points: int) -> str:
    """50 as +50, -1200 as −1,200, 0 as 0: what came and what went."""
    return f"{points:+,}".replace("-", "−") if points else "0"
