"""How old somebody is."""

from datetime import date


def age_on(born: date, day: date) -> int:
    """Completed years, by the calendar: somebody born on 29 February turns a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
