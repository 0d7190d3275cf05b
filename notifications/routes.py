"""Event types as the engine reads them: a snapshot per process, taken anew when staff have changed one."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import connection

from notifications.models import EventType

Version = tuple[int, int | None, datetime | None]


class UnknownEventType(LookupError):
    """No event type of this code is loaded; `manage.py load_catalogue` loads the catalogue's."""


@dataclass(frozen=True)
class Routes:
    version: Version
    by_code: dict[str, EventType]

    _current: ClassVar["Routes | None"] = None

    @classmethod
    def current(cls) -> "Routes":
        """One cheap query when nothing changed."""
        version = version_of_event_types()
        if cls._current is None or cls._current.version != version:
            cls._current = cls(version, EventType.objects.in_bulk())
        return cls._current

    def of(self, code: str) -> EventType:
        """Raises UnknownEventType."""
        try:
            return self.by_code[code]
        except KeyError:
            raise UnknownEventType(code) from None


def version_of_event_types() -> Version:
    """Differs whenever an event type was written since."""
    # Not the newest time alone: two people saving side by side commit in either order. The transactions that wrote
    # the rows only grow, so their sum can't stay the same; the time tells two changes in one transaction apart.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(xmin::text::bigint)::bigint, max(updated_at) FROM notifications_eventtype")
        return cursor.fetchone()
