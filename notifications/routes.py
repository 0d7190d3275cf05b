"""Event types as the engine reads them: a snapshot per process, taken anew when staff have changed one."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db.models import Max

from notifications.models import EventType


class UnknownEventType(LookupError):
    """No event type of this code is loaded; `manage.py load_catalogue` loads the catalogue's."""


@dataclass(frozen=True)
class Routes:
    changed_at: datetime | None
    by_code: dict[str, EventType]

    _current: ClassVar["Routes | None"] = None

    @classmethod
    def current(cls) -> "Routes":
        """One cheap query when nothing changed."""
        changed_at = EventType.objects.aggregate(at=Max("updated_at"))["at"]
        if cls._current is None or cls._current.changed_at != changed_at:
            cls._current = cls(changed_at, EventType.objects.in_bulk())
        return cls._current

    def of(self, code: str) -> EventType:
        """Raises UnknownEventType."""
        try:
            return self.by_code[code]
        except KeyError:
            raise UnknownEventType(code) from None
