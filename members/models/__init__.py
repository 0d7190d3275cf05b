from members.models.api_key import ApiKey, Scope
from members.models.book_import import BookImport, BookImportFile
from members.models.customer import Agent, Customer, Language
from members.models.member import Member, WeChatBinding
from members.models.policy import Policy, PolicyRole, Product
from members.models.policy_event import Announcement, CalendarDay, ConsumerCursor, ParkedEvent, PolicyEvent

__all__ = [
    "Agent",
    "Announcement",
    "ApiKey",
    "BookImport",
    "BookImportFile",
    "CalendarDay",
    "ConsumerCursor",
    "Customer",
    "Language",
    "Member",
    "ParkedEvent",
    "Policy",
    "PolicyEvent",
    "PolicyRole",
    "Product",
    "Scope",
    "WeChatBinding",
]
