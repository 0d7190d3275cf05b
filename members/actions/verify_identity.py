"""From registered to verified: name, document and phone match the insurer's record."""

import hmac
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members.actions.count_attempt import Limit, count_attempts
from members.actions.grant_level import grant_level, revoke_levels
from members.actions.record_account_event import record_account_event
from members.assurance import Context, require_assurance
from members.crypto import blind_index
from members.documents import document_number, same_person_name
from members.entrances import Entrance
from members.events import IdentityVerified, identity_verified
from members.merging import are_one_person
from members.minors import require_guardian
from members.models import AccountEvent, Customer, Level, LevelGrant, Member
from members.origin import Origin

DAY = timedelta(days=1)
#: Five a day for an account, three for a document whoever claims it; an address or device serves a family, or a shop.
PER_ACCOUNT = Limit("identity_by_account", 5, DAY)
PER_DOCUMENT = Limit("identity_by_document", 3, DAY)
PER_ADDRESS = Limit("identity_by_address", 30, DAY)
PER_DEVICE = Limit("identity_by_device", 10, DAY)


class IdentityNotMatched(Exception):
    """Something of name, document and phone is not as the insurer has it. Nobody is told what.

    `tries_left`: so many more are heard of this account today; `document_ends`: none with this document.
    """

    def __init__(self, tries_left: int, *, document_ends: bool) -> None:
        super().__init__()
        self.tries_left, self.document_ends = tries_left, document_ends


class PersonHasAccount(Exception):
    """Everything matched, but this person has another account, whose member is `member_id`.

    The two may be merged; where the other `has_number` no more, it comes back at a counter.
    """

    def __init__(self, member_id: int, *, has_number: bool) -> None:
        super().__init__()
        self.member_id, self.has_number = member_id, has_number


class AnotherPersonsAccount(Exception):
    """Everything matched, but the account is somebody else's: no account passes from one person to another.

    What came with it (passkeys, WeChat, letters, consents) would stay the other's, or become this person's.
    """


@dataclass(frozen=True)
class Claim:
    """Who the member says to be; as typed."""

    name: str = field(repr=False)
    id_type: Customer.IdType
    id_no: str = field(repr=False)


def verify_identity(*, member: Member, claim: Claim, context: Context, origin: Origin) -> LevelGrant:
    """Links the member with the matching customer and grants the verified level; a second time, the same grant.

    `origin` is counted, never kept. The phone is the member's own, which a fresh code has just
    proved (action identity.verify). Counted whether it succeeds or not, so not in a transaction of the caller's.
    Raises AssuranceRefused, NotADocumentNumber (not counted: it can't be anybody's), TooManyAttempts,
    IdentityNotMatched, PersonHasAccount, AnotherPersonsAccount, GuardianNeeded, AccountNotActive (blocked or closed
    while the claim was looked at).
    """
    require_assurance(member, "identity.verify", context)
    number = document_number(claim.id_type, claim.id_no, today=timezone.localdate())
    subjects = {PER_ACCOUNT: str(member.pk), PER_DOCUMENT: f"{claim.id_type}:{number}"}
    if origin.ip:
        subjects[PER_ADDRESS] = origin.ip
    if origin.device:
        subjects[PER_DEVICE] = origin.device
    left = count_attempts(subjects=subjects)
    customer = matching_customer(member, claim, number)
    if customer is None:
        record_account_event(member=member, kind=AccountEvent.Kind.MATCH_FAILED, entrance=context.entrance)
        raise IdentityNotMatched(left[PER_ACCOUNT], document_ends=not left[PER_DOCUMENT])
    return link(
        member,
        customer,
        entrance=Entrance(context.entrance),
        method=LevelGrant.Method.IDENTITY_MATCH,
        evidence=f"customer:{customer.pk}",
    )


def matching_customer(member: Member, claim: Claim, number: str) -> Customer | None:
    """The only living person of whom all three are true.

    Nothing is left out early, and nobody's record is compared where there is none: how long the answer takes doesn't
    tell whether the document exists.
    """
    candidates = list(
        Customer.objects.only("id", "id_type", "id_no_index", "name", "id_no", "mobile").filter(
            id_no_index=blind_index(number, "id_no"), id_type=claim.id_type, deceased_on=None
        )
    )
    found = [
        candidate
        for candidate in candidates or [Customer(name="-", mobile="-")]
        if agree(candidate, member, claim) and candidate.pk
    ]
    return found[0] if len(found) == 1 else None


def agree(customer: Customer, member: Member, claim: Claim) -> bool:
    name = hmac.compare_digest(same_person_name(customer.name).encode(), same_person_name(claim.name).encode())
    phone = hmac.compare_digest((customer.mobile or "").encode(), member.mobile.encode())
    return name & phone


@transaction.atomic
def link(
    member: Member,
    customer: Customer,
    *,
    entrance: Entrance,
    method: LevelGrant.Method,
    evidence: str,
    granted_by: Member | None = None,
) -> LevelGrant:
    """Makes the account this customer's, verified.

    Where the insurer knows one person twice, the account may change from one record to the other, without the levels
    that it had. Raises PersonHasAccount, AnotherPersonsAccount, GuardianNeeded, AccountNotActive.
    """
    locked = Member.objects.select_for_update().get(pk=member.pk)
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)  # of two accounts at once one comes first
    other = Member.objects.filter(customer=customer).exclude(pk=member.pk).first()
    if other:
        raise PersonHasAccount(other.pk, has_number=bool(other.mobile))
    require_guardian(locked, customer)
    if locked.customer and locked.customer_id != customer.pk:
        if not are_one_person(locked.customer, customer):
            raise AnotherPersonsAccount
        revoke_levels(member=locked, because=LevelGrant.Revocation.RELINKED, entrance=entrance)
    if locked.customer_id != customer.pk:
        locked.customer = customer
        locked.name = customer.name
        locked.save(update_fields=["customer", "name"])
        member.customer, member.name = customer, customer.name
    known = LevelGrant.objects.live().filter(member=locked, level=Level.VERIFIED).first()
    if known:
        return known
    grant = grant_level(
        member=locked,
        level=Level.VERIFIED,
        method=method,
        evidence=evidence,
        entrance=entrance,
        granted_by=granted_by,
    )
    identity_verified.send(
        IdentityVerified, fact=IdentityVerified(member_id=member.pk, customer_id=customer.pk, grant_id=grant.pk)
    )
    return grant
