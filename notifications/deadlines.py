"""Deadlines of routes in words."""

from django.utils.translation import ngettext

from members.catalogue import duration


def in_words(deadline: str, day_count: str) -> str:
    """`P5D` of working days is "5 working days"; what is no ISO-8601 duration is shown as it came."""
    try:
        span = duration(deadline).normalized()
    except (ValueError, OverflowError):
        return deadline
    if day_count == "working":
        days = ngettext("%(count)d working day", "%(count)d working days", span.days)
    else:
        days = ngettext("%(count)d day", "%(count)d days", span.days)
    parts = (
        (span.years, ngettext("%(count)d year", "%(count)d years", span.years)),
        (span.months, ngettext("%(count)d month", "%(count)d months", span.months)),
        (span.days, days),
        (span.hours, ngettext("%(count)d hour", "%(count)d hours", span.hours)),
        (span.minutes, ngettext("%(count)d minute", "%(count)d minutes", span.minutes)),
        (span.seconds, ngettext("%(count)d second", "%(count)d seconds", span.seconds)),
    )
    return " ".join(text % {"count": count} for count, text in parts if count) or deadline
