from notifications.models.event_type import Channel, EventType, Priority, Role
from notifications.models.heard import Heard
from notifications.models.message import Attempt, Letter, Message, PlatformEvent, PrintBatch, Receipt
from notifications.models.preference import Preference
from notifications.models.provider import ProviderState
from notifications.models.template import Template, TemplateChannel

__all__ = [
    "Attempt",
    "Channel",
    "EventType",
    "Heard",
    "Letter",
    "Message",
    "PlatformEvent",
    "Preference",
    "PrintBatch",
    "Priority",
    "ProviderState",
    "Receipt",
    "Role",
    "Template",
    "TemplateChannel",
]
