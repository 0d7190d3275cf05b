"""A member asks for help with what no time at a place is booked for: a case is opened at a provider."""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from benefits.actions.book_visit import LONGEST_KEY, locked_entitlements
from benefits.actions.keep_document import keeping, read_documents
from benefits.actions.quota import hold
from benefits.booking_rules import guest_of, require_level
from benefits.case_clock import due_after
from benefits.case_rules import price_for_case, require_case_usable
from benefits.events import CaseOpened, case_opened
from benefits.models import Case, CaseMessage, Entitlement, FamilyGuest, Service, Side
from benefits.refusals import BenefitRefused, NotACustomer, NotEntitled, RequestConflict
from benefits.refusals.case import NothingWritten, TooLong
from members.actions.serve_member import must_serve
from members.models import Member

#: Of one message, in characters.
LONGEST_TEXT = 4000
#: Staff at the hotline open what the terms leave to them.
OPEN = "open_case"


def open_case(
    *,
    member: Member,
    service_code: str,
    text: str,
    key: str,
    city: str = "",
    guest_id: int | None = None,
    files: Sequence[UploadedFile] = (),
    agent: Member | None = None,
) -> Case:
    """Holds one of the quota, like a booking, chooses the provider, and keeps what is asked; or does nothing.

    `text`: what is asked. `city`: where help is wanted, empty where it doesn't matter. `key`: the caller's, 1 to 100
    characters; the same again returns the first case and does nothing. `agent`: staff on the phone, who open it for the
    member. Raises PermissionDenied, OwnAccount, AccountOfStaff, Service.DoesNotExist (none such that is used by cases),
    BenefitRefused.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"a key has 1 to {LONGEST_KEY} characters")
    if agent is not None:
        must_serve(agent, OPEN, member, package="benefits")
    if member.customer_id is None:
        raise NotACustomer
    text = told(text)
    if not text:
        raise NothingWritten
    service = Service.objects.get(code=service_code, mode=Service.Mode.CASE)
    try:
        with keeping(read_documents(files)) as documents, transaction.atomic():
            now = timezone.now()
            entitlements = locked_entitlements(member.customer_id, service, now)
            made = Case.objects.filter(customer=member.customer_id, request_key=key).first()
            if made:
                return same_again(made, service, city.strip(), guest_id, text)
            require_level(member, service.required_level)
            guest = guest_of(member, guest_id)
            entitlement = first_usable(entitlements, guest, now, bool(documents.sent), agent is not None)
            covered = entitlement.allowance.in_covered_city
            price = price_for_case(service, city=city.strip(), at=now, in_covered_city=covered)
            hold(entitlement.pk, for_family=guest is not None)
            case = Case.objects.create(
                customer_id=member.customer_id,
                member=member,
                guest=guest,
                entitlement=entitlement,
                provider=price.contract.provider,
                contract_price=price,
                price=price.price,
                city=city.strip(),
                request_key=key,
                opened_at=now,
                due_at=due_after(entitlement, now),
            )
            CaseMessage.objects.create(
                case=case, side=Side.MEMBER, by=agent or member, text=text, request_key=key, written_at=now
            )
            documents.keep(side=Side.MEMBER, by=agent or member, case=case)
            case_opened.send(CaseOpened, fact=CaseOpened(case.pk, case.customer_id, case.provider_id))
    except IntegrityError as fault:
        # At the same instant for another service, whose entitlements nobody has locked here.
        if "benefits_case_once_a_request" not in str(fault):
            raise
        made = Case.objects.get(customer=member.customer_id, request_key=key)
        return same_again(made, service, city.strip(), guest_id, text)
    return case


def told(text: str) -> str:
    """Raises TooLong."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise TooLong(LONGEST_TEXT)
    return text


def first_usable(
    entitlements: list[Entitlement], guest: FamilyGuest | None, at: datetime, has_document: bool, by_hotline: bool
) -> Entitlement:
    """The one that ends first. Raises why the last one can't be used: with several, that is the one that lasts
    longest."""
    refusal: BenefitRefused = NotEntitled()
    for entitlement in entitlements:
        try:
            require_case_usable(entitlement, guest=guest, at=at, has_document=has_document, by_hotline=by_hotline)
        except BenefitRefused as found:
            refusal = found
        else:
            return entitlement
    raise refusal


def same_again(made: Case, service: Service, city: str, guest_id: int | None, text: str) -> Case:
    """Raises RequestConflict where the key stands for something else."""
    asked = made.messages.order_by("pk").values_list("text", flat=True).first()
    if (made.entitlement.service_id, made.city, made.guest_id, asked) != (service.pk, city, guest_id, text):
        raise RequestConflict
    return made
