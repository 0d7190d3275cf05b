"""Dates that follow from those in the mirror, as SQL, so that the database finds what falls due."""

from datetime import date

from django.db.models import Case, DateField, Expression, F, Func, When
from django.db.models.lookups import LessThanOrEqual

#: docs/feeds.md: grace is 60 days from the due date.
GRACE_DAYS = 60


def days_after(field: str, days: int) -> Func:
    return Func(F(field), template=f"(%(expressions)s + {days:d})", output_field=DateField())


def two_years_after(field: str) -> Func:
    """The same day two years later; for 29 February the 28th."""
    return Func(F(field), template="(%(expressions)s + interval '2 years')::date", output_field=DateField())


def anniversary_in(field: str, year: int) -> Func:
    """The anniversary that falls into `year`; of 29 February in a common year the 28th."""
    born = Func(F(field), template="extract(year from %(expressions)s)::int")
    return Func(
        F(field),
        born,
        arg_joiner=f" + make_interval(years => {year:d} - ",
        template="(%(expressions)s))::date",
        output_field=DateField(),
    )


def latest_anniversary(field: str, today: date) -> Expression:
    """The newest anniversary up to `today`."""
    this_year = anniversary_in(field, today.year)
    return Case(
        When(LessThanOrEqual(this_year, today), then=this_year),
        default=anniversary_in(field, today.year - 1),
        output_field=DateField(),
    )
