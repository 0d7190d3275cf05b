"""What happened in `members`: facts in the past tense, with ids. Packages above connect to the signals."""

from dataclasses import dataclass, field
from datetime import datetime

from django.dispatch import Signal


@dataclass(frozen=True)
class PolicyEventsAccepted:
    """Policy events entered the log in this transaction; the ids of those that are published (not waiting)."""

    event_ids: tuple[int, ...]


@dataclass(frozen=True)
class PolicyEventsPublished:
    """Policy events, shard by shard, that consumers may read once this transaction has committed."""

    shards: tuple[int, ...]


@dataclass(frozen=True)
class PoliciesMirrored:
    """The core's newest word on these policies is written in this transaction; a fact for each batch of an import.

    `former_holder_ids`: customers who were the policyholder of one of them until now.
    """

    policy_ids: tuple[int, ...]
    former_holder_ids: tuple[int, ...]


@dataclass(frozen=True)
class LevelChanged:
    """A level was granted to this member or taken from them."""

    member_id: int


@dataclass(frozen=True)
class IdentityVerified:
    """A member is now known to be this customer."""

    member_id: int
    customer_id: int
    grant_id: int


@dataclass(frozen=True)
class MobileChanged:
    """An account has another number. The old one is known to nobody else any more, so the fact carries both (E.164).

    `key` never repeats.
    """

    key: str
    member_id: int
    old_mobile: str = field(repr=False)
    new_mobile: str = field(repr=False)


@dataclass(frozen=True)
class NumberTakenOff:
    """Staff took this number (E.164) off the account: lost, or somebody else's by now. `key` never repeats."""

    key: str
    member_id: int
    mobile: str = field(repr=False)


@dataclass(frozen=True)
class WaysInRevoked:
    """Somebody else may have had this account: nothing that opened it may ever open it again.

    `but_of`: the mark of the one session that the real member is in.
    """

    member_id: int
    but_of: str = ""


@dataclass(frozen=True)
class AccountsMerged:
    """Two accounts of one person are one. Packages move what they keep for `closed_id`, in this transaction."""

    kept_id: int
    closed_id: int


@dataclass(frozen=True)
class ConsentGiven:
    """A member agreed to the current text of this kind (Consent.Kind)."""

    member_id: int
    kind: str


@dataclass(frozen=True)
class ConsentWithdrawn:
    """A member took a consent back: whatever rests on it ends, and what was kept for it is erased."""

    member_id: int
    kind: str


@dataclass(frozen=True)
class FacePurgeAsked:
    """All face data of this member is to be destroyed."""

    member_id: int


@dataclass(frozen=True)
class AccountClosureRequested:
    """A member wants to leave; signing in before `due_at` takes it back."""

    member_id: int
    due_at: datetime


@dataclass(frozen=True)
class AccountReopened:
    """The member came back in time."""

    member_id: int


@dataclass(frozen=True)
class AccountClosed:
    """An account ended for good; its personal data is erased next (members.personal_data)."""

    member_id: int


@dataclass(frozen=True)
class DataRequested:
    """A copy or the erasure of a member's data was asked for (DataRequest)."""

    request_id: int


@dataclass(frozen=True)
class FaceFramesArrived:
    """Pictures wait for a worker once this transaction has committed: to give guidance, or, `complete`, to decide."""

    session_id: int
    complete: bool


@dataclass(frozen=True)
class FaceSessionPassed:
    """A face was live and like the reference photo: by machine, or in the eyes of two people (`by_review`)."""

    session_id: int
    member_id: int
    by_review: bool = False


@dataclass(frozen=True)
class FaceLevelGranted:
    """A face raised the member to the advanced level."""

    session_id: int
    member_id: int


@dataclass(frozen=True)
class FaceSessionFailed:
    """A face was refused; `reason` is a code (members.face.seams.Reason, or a FaceReviewVote's, or review_lapsed)."""

    session_id: int
    member_id: int
    reason: str


@dataclass(frozen=True)
class FaceReviewRequested:
    """People are to decide about a face."""

    session_id: int
    member_id: int
    review_id: int


@dataclass(frozen=True)
class ServiceCodeSent:
    """Staff want a member to go on alone. The code is kept nowhere, so the fact carries it to whoever sends it."""

    service_code_id: int
    code: str = field(repr=False)


@dataclass(frozen=True)
class OneTimeCodeIssued:
    """A code is to be sent to this number, by whoever sends messages, in this transaction. `key` never repeats."""

    key: str
    mobile: str = field(repr=False)
    code: str = field(repr=False)
    service_name: str
    minutes: int


@dataclass(frozen=True)
class MemberRegistered:
    """An account was made."""

    member_id: int


@dataclass(frozen=True)
class MembershipEventRaised:
    """A platform event about a member (MembershipEvent); `code`, `member_id` and `period` never repeat together."""

    event_id: int
    code: str
    member_id: int
    period: str


@dataclass(frozen=True)
class TransactionSuspected:
    """A face that was to confirm a request was refused so often that no other is looked at for a while: the request
    does not go on, and it may not have been the member's.
    """

    session_id: int
    member_id: int


@dataclass(frozen=True)
class WeChatLinked:
    """A WeChat identity now opens this account. `key` never repeats."""

    member_id: int
    key: str


policy_events_accepted = Signal()  # sender: PolicyEventsAccepted, keyword: fact
policy_events_published = Signal()  # sender: PolicyEventsPublished, keyword: fact
policies_mirrored = Signal()  # sender: PoliciesMirrored, keyword: fact
level_changed = Signal()  # sender: LevelChanged, keyword: fact
identity_verified = Signal()  # sender: IdentityVerified, keyword: fact
mobile_changed = Signal()  # sender: MobileChanged, keyword: fact
number_taken_off = Signal()  # sender: NumberTakenOff, keyword: fact
accounts_merged = Signal()  # sender: AccountsMerged, keyword: fact
consent_given = Signal()  # sender: ConsentGiven, keyword: fact
consent_withdrawn = Signal()  # sender: ConsentWithdrawn, keyword: fact
face_purge_asked = Signal()  # sender: FacePurgeAsked, keyword: fact
account_closure_requested = Signal()  # sender: AccountClosureRequested, keyword: fact
account_reopened = Signal()  # sender: AccountReopened, keyword: fact
account_closed = Signal()  # sender: AccountClosed, keyword: fact
data_requested = Signal()  # sender: DataRequested, keyword: fact
face_frames_arrived = Signal()  # sender: FaceFramesArrived, keyword: fact
face_session_passed = Signal()  # sender: FaceSessionPassed, keyword: fact
face_level_granted = Signal()  # sender: FaceLevelGranted, keyword: fact
face_session_failed = Signal()  # sender: FaceSessionFailed, keyword: fact
face_review_requested = Signal()  # sender: FaceReviewRequested, keyword: fact
service_code_sent = Signal()  # sender: ServiceCodeSent, keyword: fact
one_time_code_issued = Signal()  # sender: OneTimeCodeIssued, keyword: fact
membership_event_raised = Signal()  # sender: MembershipEventRaised, keyword: fact
transaction_suspected = Signal()  # sender: TransactionSuspected, keyword: fact
member_registered = Signal()  # sender: MemberRegistered, keyword: fact
ways_in_revoked = Signal()  # sender: WaysInRevoked, keyword: fact
wechat_linked = Signal()  # sender: WeChatLinked, keyword: fact
