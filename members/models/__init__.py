from members.models.account_block import AccountBlock
from members.models.account_closure import AccountClosure
from members.models.account_event import AccountEvent
from members.models.action_policy import ActionPolicy, PolicyChange
from members.models.api_key import ApiKey, Scope
from members.models.attempt import AttemptWindow
from members.models.book_import import BookImport, BookImportFile, Delivery, DeliveryFile
from members.models.consent import Consent
from members.models.customer import Agent, Customer, Language
from members.models.data_request import DataRequest
from members.models.face import FaceFrames, FaceReview, FaceReviewVote, FaceSession, ReferencePhoto, SeenFrame
from members.models.level import Level, LevelGrant
from members.models.level_review import LevelReview
from members.models.lost_number import LostNumber
from members.models.member import Member, WeChatBinding
from members.models.membership_event import MembershipEvent
from members.models.one_time_code import OneTimeCode
from members.models.policy import Policy, PolicyRole, Product
from members.models.policy_event import Announcement, CalendarDay, ConsumerCursor, ParkedEvent, PolicyEvent
from members.models.proof import Factor, Proof
from members.models.proven_number import ProvenNumber
from members.models.service_code import ServiceCode

__all__ = [
    "AccountBlock",
    "AccountClosure",
    "AccountEvent",
    "ActionPolicy",
    "Agent",
    "Announcement",
    "ApiKey",
    "AttemptWindow",
    "BookImport",
    "BookImportFile",
    "CalendarDay",
    "Consent",
    "ConsumerCursor",
    "Customer",
    "DataRequest",
    "Delivery",
    "DeliveryFile",
    "FaceFrames",
    "FaceReview",
    "FaceReviewVote",
    "FaceSession",
    "Factor",
    "Language",
    "Level",
    "LevelGrant",
    "LevelReview",
    "LostNumber",
    "Member",
    "MembershipEvent",
    "OneTimeCode",
    "ParkedEvent",
    "Policy",
    "PolicyChange",
    "PolicyEvent",
    "PolicyRole",
    "Product",
    "Proof",
    "ProvenNumber",
    "ReferencePhoto",
    "Scope",
    "SeenFrame",
    "ServiceCode",
    "WeChatBinding",
]
