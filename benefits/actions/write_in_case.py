"""The conversation of a case. The clock stands still while the provider waits for the member."""

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from benefits.actions.keep_document import keeping, read_documents
from benefits.actions.open_case import told
from benefits.case_access import case_at_desk, case_of_member, locked_case
from benefits.case_clock import due_after_pause
from benefits.events import CaseWritten, case_written
from benefits.models import Case, CaseMessage, DeskWorker, Side
from benefits.queries.own import is_own
from benefits.refusals import RequestConflict
from benefits.refusals.case import CaseEnded, NothingWritten, NotTheOwner, OwnCase
from members.models import Member

State = Case.State


def write_as_member(
    *, case_id: int, member: Member, text: str, key: str, files: Sequence[UploadedFile] = ()
) -> CaseMessage:
    """Words, documents, or both. Where the provider waited for them, it is the provider's turn again.

    `key`: the same again returns the first message and does nothing. Raises Case.DoesNotExist, CaseEnded,
    NothingWritten, TooLong, DocumentRefused, RequestConflict.
    """
    found = case_of_member(member, case_id)
    with keeping(read_documents(files)) as documents, transaction.atomic():
        case = locked_case(found.pk)
        if again := say_again(case, Side.MEMBER, text, key):
            return again
        if case.state not in Case.OPEN:
            raise CaseEnded
        if not text.strip() and not documents.sent:
            raise NothingWritten
        message = add_message(case, side=Side.MEMBER, by=member, text=text, key=key)
        documents.keep(side=Side.MEMBER, by=member, case=case)
        if case.state == State.MEMBERS_TURN:
            go_on(case)
        return tell(case, message)


def write_as_provider(
    *, case_id: int, worker: DeskWorker, text: str, key: str, asks: bool = False, files: Sequence[UploadedFile] = ()
) -> CaseMessage:
    """By whoever looks after it. `asks`: the provider can't go on without an answer, so the clock stands still.

    Raises Case.DoesNotExist, CaseEnded, OwnCase, NotTheOwner, NothingWritten, TooLong, DocumentRefused,
    RequestConflict.
    """
    found = case_at_desk(worker, case_id)
    with keeping(read_documents(files)) as documents, transaction.atomic():
        case = locked_case(found.pk)
        if again := say_again(case, Side.PROVIDER, text, key):
            return again
        require_owner(case, worker)
        if not text.strip() and (asks or not documents.sent):
            raise NothingWritten
        message = add_message(case, side=Side.PROVIDER, by=worker.member, text=text, key=key)
        documents.keep(side=Side.PROVIDER, by=worker.member, case=case)
        if asks and case.state == State.TAKEN:
            stand_still(case)
        return tell(case, message)


def require_owner(case: Case, worker: DeskWorker) -> None:
    """Raises CaseEnded, OwnCase, NotTheOwner."""
    if case.state not in Case.OPEN:
        raise CaseEnded
    if is_own(worker.member, case):
        raise OwnCase
    if case.owner_id != worker.member_id:
        raise NotTheOwner


def say_again(case: Case, side: Side, text: str, key: str) -> CaseMessage | None:
    """What was written under this key, None where nothing was. Raises RequestConflict where it was something else."""
    said = case.messages.filter(side=side, request_key=key).first()
    if said is not None and said.text != told(text):
        raise RequestConflict
    return said


def add_message(case: Case, *, side: Side, by: Member, text: str, key: str) -> CaseMessage:
    """Raises TooLong."""
    return CaseMessage.objects.create(
        case=case, side=side, by=by, text=told(text), request_key=key, written_at=timezone.now()
    )


def stand_still(case: Case) -> None:
    case.state, case.paused_at = State.MEMBERS_TURN, timezone.now()
    case.save(update_fields=["state", "paused_at"])


def go_on(case: Case) -> None:
    """The clock, from where it stood."""
    assert case.paused_at
    if case.due_at is not None:
        case.due_at = due_after_pause(case.entitlement, case.due_at, case.paused_at, timezone.now())
    case.state, case.paused_at = State.TAKEN, None
    case.save(update_fields=["state", "paused_at", "due_at"])


def tell(case: Case, message: CaseMessage) -> CaseMessage:
    asks = case.state == State.MEMBERS_TURN
    fact = CaseWritten(case.pk, case.customer_id, message.pk, message.side, asks)
    case_written.send(CaseWritten, fact=fact)
    return message
