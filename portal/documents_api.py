"""Papers of cases and visits in the app: told with what they belong to, and handed out one by one."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Path, Router, Schema

from benefits.actions.open_document import open_as_member
from benefits.models import BenefitDocument
from benefits.queries.bookings import booking_of
from members.assurance import require_assurance
from portal.app_session import AgreedMember, from_the_app
from portal.documents import handed_out
from portal.member_api import LARGEST_ID, REFUSED
from portal.visitors import member_of

router = Router(tags=["benefits"], auth=AgreedMember())
Id = Path(..., ge=1, le=LARGEST_ID)


class DocumentOut(Schema):
    id: int
    name: str
    kind: str
    size: int


def document_out(document: BenefitDocument) -> DocumentOut:
    return DocumentOut(id=document.pk, name=document.name or "", kind=document.kind, size=document.size)


@router.get(
    "/me/bookings/{booking_id}/documents", response={200: list[DocumentOut], **REFUSED}, summary="Reports of a visit"
)
def reports(request: HttpRequest, booking_id: int = Id) -> list[DocumentOut]:
    """Nobody but the member is handed them."""
    member = member_of(request)
    require_assurance(member, "profile.view", from_the_app(request))
    return [document_out(each) for each in booking_of(member, booking_id).booking.documents.kept()]


@router.get("/me/documents/{document_id}", response=REFUSED, summary="The document itself")
def document(request: HttpRequest, document_id: int = Id) -> HttpResponseBase:
    """A file, as `kind` says; each time is recorded."""
    member, context = member_of(request), from_the_app(request)
    require_assurance(member, "profile.view", context)
    return handed_out(open_as_member(document_id=document_id, member=member, entrance=context.entrance))
