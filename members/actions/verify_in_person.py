"""A member shows a document to staff, at a counter or in a video call: the verified level, never the advanced one."""

from django.db import transaction
from django.utils import timezone

from members.actions.grant_level import AccountNotActive
from members.actions.lost_number import NoNumber, account_without_number, give_account_back
from members.actions.serve_member import must_serve, record_number
from members.actions.verify_identity import link
from members.crypto import blind_index
from members.documents import document_number
from members.entrances import Entrance
from members.models import Customer, LevelGrant, Member

#: Where staff see the member and the document.
FACE_TO_FACE = (Entrance.COUNTER, Entrance.VIDEO_CALL)


class NotOnRecord(Exception):
    """The insurer's record of this customer has another document."""


class NotFaceToFace(Exception):
    """Nobody sees a document on the phone."""


class OnlyAtCounter(Exception):
    """An account that has lost its number comes back at a counter: pictures of a call can be forged."""


@transaction.atomic
def verify_in_person(
    *,
    member: Member,
    customer_no: str,
    id_type: Customer.IdType,
    id_no: str,
    evidence: str,
    entrance: Entrance,
    by: Member,
) -> LevelGrant:
    """Links the member with the customer whose document was shown, and grants the verified level.

    Where the customer's account has lost its number, that account comes back instead, with the member's number.
    `evidence`: the number of the record of what was seen. Raises PermissionDenied, OwnAccount, AccountOfStaff,
    NotFaceToFace, OnlyAtCounter, AccountNotActive, NoNumber, NotADocumentNumber, NotARecordNumber, NotOnRecord,
    PersonHasAccount, AnotherPersonsAccount, GuardianNeeded, SameGiver, AccountsCannotMerge.
    """
    must_serve(by, "verify_member", member)
    if entrance not in FACE_TO_FACE:
        raise NotFaceToFace
    if not member.is_active:
        raise AccountNotActive
    if not member.mobile:
        raise NoNumber
    record = record_number(evidence)
    number = document_number(id_type, id_no, today=timezone.localdate())
    customer = Customer.objects.filter(
        customer_no=customer_no.strip(), id_type=id_type, id_no_index=blind_index(number, "id_no"), deceased_on=None
    ).first()
    if customer is None:
        raise NotOnRecord
    lost = account_without_number(customer)
    if lost:
        if entrance != Entrance.COUNTER:
            raise OnlyAtCounter
        member = give_account_back(lost=lost, new=member, by=by)
    return link(
        member,
        customer,
        entrance=entrance,
        method=LevelGrant.Method.IN_PERSON,
        evidence=record,
        granted_by=by,
    )
