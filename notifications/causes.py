"""What a message tells of: a policy event, or something that happened on the platform itself."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from members.models import PolicyEvent
from notifications.clock import due_at
from notifications.models import EventType, Message, PlatformEvent
from notifications.routes import Routes

# Times beyond these are mistakes of the sender's; nearer to the ends of the calendar, adding to them fails.
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True)
class Cause:
    """`key` never repeats: announcing a cause twice makes no second message. `values` are in machine form.

    `customer_no` names the person where the event does; `customer`, `member`, `mobile` where the platform knows them.
    """

    key: str
    event_type: EventType
    occurred_at: datetime
    values: dict[str, Any]
    policy_no: str = ""
    customer_no: str = ""
    policy_event_id: int | None = None
    platform_event_id: int | None = None
    customer_id: int | None = None
    member_id: int | None = None
    mobile: str = field(default="", repr=False)

    @classmethod
    def of_policy_event(cls, event: PolicyEvent, routes: Routes) -> "Cause":
        values = dict(event.data)
        customer_no = values.pop("customer_no", "") or event.customer_no
        return cls(
            key=f"policy:{event.pk}",
            event_type=routes.of(event.type),
            occurred_at=event.occurred_at,
            values=values,
            policy_no=values.get("policy_no") or "",
            customer_no=customer_no,
            policy_event_id=event.pk,
        )

    @classmethod
    def of_platform_event(cls, event: PlatformEvent, routes: Routes) -> "Cause":
        return cls(
            key=f"{event.code}:{event.key}",
            event_type=routes.of(event.code),
            occurred_at=event.occurred_at,
            values=event.data,
            policy_no=event.data.get("policy_no") or "",
            platform_event_id=event.pk,
            customer_id=event.customer_id,
            member_id=event.member_id,
            mobile=event.mobile or "",
        )

    @classmethod
    def of_message(cls, message: Message, routes: Routes) -> "Cause":
        """The cause that a message was made for."""
        if message.policy_event is not None:
            return cls.of_policy_event(message.policy_event, routes)
        assert message.platform_event is not None  # message_has_a_cause
        return cls.of_platform_event(message.platform_event, routes)

    @property
    def starts_at(self) -> datetime:
        """The moment that its times count from."""
        return min(max(self.occurred_at, EARLIEST), LATEST)

    @cached_property
    def due_at(self) -> datetime:
        """The moment by which its messages must have gone."""
        return due_at(
            self.starts_at,
            deadline=self.event_type.deadline,
            day_count=self.event_type.day_count,
            respects_quiet_hours=self.event_type.respects_quiet_hours,
        )

    @property
    def expires_at(self) -> datetime | None:
        """A text that says for how many minutes it holds (one-time codes) is of no use after them.

        None where it says nothing, or a number of minutes that no code holds for (below 0, over a day).
        """
        minutes = self.values.get("minutes")
        if type(minutes) is not int or not 0 <= minutes <= LONGEST_MINUTES:
            return None
        return self.starts_at + timedelta(minutes=minutes)
