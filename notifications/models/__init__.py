from notifications.models.event_type import Channel, EventType, Priority, Role
from notifications.models.message import Attempt, Letter, Message, PlatformEvent, PrintBatch, Receipt
from notifications.models.preference import Preference
from notifications.models.template import Template, TemplateChannel

__all__ = [
    "Attempt",
    "Channel",
    "EventType",
    "Letter",
    "Message",
    "PlatformEvent",
    "Preference",
    "PrintBatch",
    "Priority",
    "Receipt",
    "Role",
    "Template",
    "TemplateChannel",
]
