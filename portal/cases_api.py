"""Cases in the app: asked for, talked about with whoever helps, called off and rated. As on the web."""

from datetime import datetime, time

from django.http import HttpRequest
from ninja import Field, File, Form, Header, Path, Query, Router, Schema, UploadedFile
from ninja.responses import Status

from benefits.actions.book_visit import LONGEST_KEY
from benefits.actions.end_case import cancel_case
from benefits.actions.open_case import open_case
from benefits.actions.rate_case import rate_case
from benefits.actions.write_in_case import write_as_member
from benefits.case_access import case_of_member, cases_of_member
from benefits.models import Case, FamilyGuest, Service, Side
from benefits.queries.cases import cities_of_kind, usable_today
from benefits.refusals import NotEntitled
from members.assurance import require_assurance
from members.models import Member
from portal.app_session import AgreedMember, from_the_app
from portal.bookings_api import RateIn
from portal.case_words import words_of
from portal.conversation import Said, conversation
from portal.documents_api import DocumentOut, document_out
from portal.member_api import LARGEST_ID, REFUSED
from portal.numbers import LARGEST_PAGE
from portal.visitors import member_of

router = Router(tags=["benefits"], auth=AgreedMember())
Id = Path(..., ge=1, le=LARGEST_ID)
Code = Path(..., max_length=40, pattern=r"^[a-z0-9_]+$")
Key = Header(..., alias="Idempotency-Key", min_length=1, max_length=LONGEST_KEY)
Documents = File([])
PAGE = 20
#: What of a case is told.
SHOWN = ("entitlement__service", "provider", "guest")
NO_NULL = r"^[^\x00]*$"


class AskingOut(Schema):
    """What is asked of whoever wants a case of this service."""

    service: str
    name: str
    left: int | None = Field(description="null where there is no end")
    cities: list[str] = Field(description="to choose from; empty where the place does not matter")
    city_needed: bool = Field(description="one of them has to be chosen")
    family: list[FamilyGuest.Relation] = Field(description="for whom else it can be")
    document: str = Field(description="what has to be sent along, in the reader's language; empty for nothing")
    by_hotline: bool = Field(description="it is not opened here: the member calls")
    opens: time | None = Field(description="in Shanghai, daily; null round the clock")
    closes: time | None


class AskIn(Schema):
    service: str = Field(max_length=40, pattern=NO_NULL)
    text: str = Field(pattern=NO_NULL, description="what is asked for")
    city: str = Field("", max_length=50, pattern=NO_NULL)
    guest_id: int | None = Field(None, ge=1, le=LARGEST_ID)


class WriteIn(Schema):
    text: str = Field("", pattern=NO_NULL)


class SaidOut(Schema):
    """Words, or a document."""

    by: Side
    at: datetime
    text: str
    document: DocumentOut | None


class CaseOut(Schema):
    id: int
    service: str
    service_name: str
    state: Case.State
    state_name: str = Field(description="in the reader's language")
    why: str = Field(description="what goes on, in the reader's language")
    now: str = Field(description="until when, or what the member does now; may be empty")
    provider: str
    city: str
    guest: str = Field(description="empty for the member")
    opened_at: datetime
    due_at: datetime | None = Field(description="until then something is promised")
    ended_at: datetime | None
    may_write: bool = Field(description="and call it off")
    counts_when_cancelled: bool = Field(description="somebody has begun: called off now, it counts as used")
    may_rate: bool
    rating: int | None
    rating_words: str


class CasesOut(Schema):
    cases: list[CaseOut]
    next_page: int | None


class WholeCaseOut(CaseOut):
    said: list[SaidOut] = Field(description="in its order")


def asking(request: HttpRequest) -> Member:
    """Raises AssuranceRefused."""
    member = member_of(request)
    require_assurance(member, "profile.view", from_the_app(request))
    return member


@router.get("/me/benefits/cases/{code}", response={200: AskingOut, **REFUSED}, summary="What a case asks for")
def before(request: HttpRequest, code: str = Code) -> AskingOut:
    """Refused (`not_entitled`) where nothing gives the service today."""
    member, service = asking(request), Service.objects.get(code=code, mode=Service.Mode.CASE)
    entitlement = usable_today(member, service)
    if entitlement is None:
        raise NotEntitled
    terms = entitlement.allowance
    return AskingOut(
        service=service.code,
        name=service.name,
        left=entitlement.left,
        cities=cities_of_kind(service),
        city_needed=terms.in_covered_city,
        family=[FamilyGuest.Relation(each) for each in terms.family_relations if entitlement.family_quota],
        document=terms.document,
        by_hotline=terms.by_hotline,
        opens=terms.opens,
        closes=terms.closes,
    )


@router.get("/me/cases", response={200: CasesOut, **REFUSED}, summary="One's cases")
def cases(request: HttpRequest, page: int = Query(1, ge=1, le=LARGEST_PAGE)) -> CasesOut:
    """The latest first, 20 at a time."""
    found = cases_of_member(asking(request)).select_related(*SHOWN).order_by("-opened_at", "-pk")
    some = list(found[(page - 1) * PAGE : page * PAGE + 1])
    return CasesOut(cases=[told(each) for each in some[:PAGE]], next_page=page + 1 if len(some) > PAGE else None)


@router.post("/me/cases", response={201: WholeCaseOut, **REFUSED}, summary="Ask for help")
def ask(request: HttpRequest, asked: Form[AskIn], documents: list[UploadedFile] = Documents, key: str = Key) -> Status:
    """As a form (multipart), with the documents as files. Once for each `Idempotency-Key`."""
    member = asking(request)
    case = open_case(
        member=member,
        service_code=asked.service,
        text=asked.text,
        key=key,
        city=asked.city,
        guest_id=asked.guest_id,
        files=documents,
    )
    return Status(201, whole(member, case.pk))


@router.get("/me/cases/{case_id}", response={200: WholeCaseOut, **REFUSED}, summary="One case, and what was said")
def case(request: HttpRequest, case_id: int = Id) -> WholeCaseOut:
    return whole(asking(request), case_id)


@router.post("/me/cases/{case_id}/messages", response={201: WholeCaseOut, **REFUSED}, summary="Write in it")
def write(
    request: HttpRequest,
    said: Form[WriteIn],
    documents: list[UploadedFile] = Documents,
    case_id: int = Id,
    key: str = Key,
) -> Status:
    """Words, documents, or both, as a form (multipart). Once for each `Idempotency-Key`."""
    member = asking(request)
    write_as_member(case_id=case_id, member=member, text=said.text, key=key, files=documents)
    return Status(201, whole(member, case_id))


@router.post("/me/cases/{case_id}/cancellation", response={200: WholeCaseOut, **REFUSED}, summary="Call it off")
def cancel(request: HttpRequest, case_id: int = Id) -> WholeCaseOut:
    """Free until somebody has begun; after that it counts as used. Twice is once."""
    member = asking(request)
    cancel_case(case_id=case_id, member=member)
    return whole(member, case_id)


@router.post("/me/cases/{case_id}/rating", response={200: WholeCaseOut, **REFUSED}, summary="Rate it")
def rate(request: HttpRequest, asked: RateIn, case_id: int = Id) -> WholeCaseOut:
    """One that is done, once."""
    member = asking(request)
    rate_case(case_id=case_id, member=member, rating=asked.rating, words=asked.words)
    return whole(member, case_id)


def whole(member: Member, case_id: int) -> WholeCaseOut:
    """Raises Case.DoesNotExist where it is not the member's."""
    case = case_of_member(member, case_id)
    return WholeCaseOut(**told(case).dict(), said=[said_out(each) for each in conversation(case)])


def said_out(each: Said) -> SaidOut:
    document = document_out(each.document) if each.document else None
    return SaidOut(by=Side(each.side), at=each.at, text=each.text, document=document)


def told(case: Case) -> CaseOut:
    words, service, is_open = words_of(case), case.entitlement.service, case.state in Case.OPEN
    return CaseOut(
        id=case.pk,
        service=service.code,
        service_name=service.name,
        state=Case.State(case.state),
        state_name=case.get_state_display(),
        why=words.why,
        now=words.now,
        provider=case.provider.name,
        city=case.city,
        guest=(case.guest.name or "") if case.guest else "",
        opened_at=case.opened_at,
        due_at=case.due_at if is_open else None,
        ended_at=case.ended_at,
        may_write=is_open,
        counts_when_cancelled=is_open and case.taken_at is not None,
        may_rate=case.state == Case.State.DONE and case.rating is None,
        rating=case.rating,
        rating_words=case.rating_words or "",
    )
