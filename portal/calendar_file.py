"""A visit as an iCalendar file (RFC 5545), for the calendar of any phone."""

from datetime import UTC, datetime

from django.utils import timezone

from benefits.queries.bookings import Visit

#: Octets of a line, without its end (RFC 5545, 3.1).
LONGEST = 75
CANCELLED = frozenset({"cancelled", "cancelled_late"})


def as_calendar(visit: Visit, *, host: str, summary: str, words: str) -> str:
    """`host`: makes the event's name unique in the world. Imported again, what was moved is moved there, too."""
    booking, site = visit.booking, visit.site
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Banyan//Bookings//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{visit.number}@{host}",
        f"DTSTAMP:{stamp(timezone.now())}",
        f"SEQUENCE:{int(timezone.now().timestamp() - booking.booked_at.timestamp())}",
        f"DTSTART:{stamp(booking.starts_at)}",
        f"DTEND:{stamp(booking.ends_at)}",
        f"SUMMARY:{escaped(summary)}",
        f"LOCATION:{escaped(f'{site.name}, {site.city}{site.district}{site.address}')}",
        f"DESCRIPTION:{escaped(words)}",
        f"STATUS:{'CANCELLED' if visit.state in CANCELLED else 'CONFIRMED'}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{escaped(summary)}",
        "TRIGGER:-PT2H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(folded(line) + "\r\n" for line in lines)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    r"""Commas, semicolons, backslashes and line ends (RFC 5545, 3.3.11)."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def folded(line: str) -> str:
    """No line is longer than 75 octets; what follows begins with a blank. No character is cut in two."""
    lines, length = [""], 0
    for character in line:
        size = len(character.encode())
        if length + size > LONGEST:
            lines.append(" ")
            length = 1
        lines[-1] += character
        length += size
    return "\r\n".join(lines)
