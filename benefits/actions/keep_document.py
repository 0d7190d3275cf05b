"""Papers are kept, sealed: what a member sends along with a case, what a provider answers, and reports of visits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from benefits.actions.end_booking import locked_booking
from benefits.document_content import kind_of
from benefits.events import DocumentKept, document_kept
from benefits.models import BenefitDocument, Booking, Case, DeskWorker, Side
from benefits.refusals.document import DocumentTooLarge, EmptyDocument, NotVisitedYet, TooManyDocuments
from members.models import Member

MOST_MEGABYTES = 10
#: Of one case, or of one visit.
MOST_DOCUMENTS = 20
LONGEST_NAME = 120


@dataclass(frozen=True)
class SentDocument:
    """A file that was looked at and found good. `kind`: its media type."""

    name: str
    kind: str
    content: bytes = field(repr=False)


def read_documents(files: Sequence[UploadedFile]) -> list[SentDocument]:
    """Raises DocumentRefused; one that is refused, and none is taken."""
    if len(files) > MOST_DOCUMENTS:
        raise TooManyDocuments(MOST_DOCUMENTS)
    return [read_document(file) for file in files]


def read_document(file: UploadedFile) -> SentDocument:
    if not file.size:
        raise EmptyDocument
    if file.size > MOST_MEGABYTES * 1024 * 1024:
        raise DocumentTooLarge(MOST_MEGABYTES)
    content = file.read()
    return SentDocument((file.name or "")[-LONGEST_NAME:], kind_of(content), content)


@dataclass
class Keeping:
    """What was sent, and what of it is in the store by now."""

    sent: Sequence[SentDocument]
    kept: list[BenefitDocument] = field(default_factory=list)

    def keep(self, *, side: Side, by: Member, case: Case | None = None, booking: Booking | None = None) -> None:
        """In the transaction of whoever has locked the case or booking. Raises TooManyDocuments."""
        before = BenefitDocument.objects.filter(case=case, booking=booking).count() if self.sent else 0
        if before + len(self.sent) > MOST_DOCUMENTS:
            raise TooManyDocuments(MOST_DOCUMENTS)
        for each in self.sent:
            document = BenefitDocument(
                case=case, booking=booking, side=side, by=by, name=each.name, kind=each.kind, size=len(each.content)
            )
            document.sent_at = timezone.now()  # not before the words that it came with

            document.file.save("", ContentFile(each.content), save=False)
            self.kept.append(document)
            document.save()
            fact = DocumentKept(document.pk, document.booking_id, document.case_id, side)
            document_kept.send(DocumentKept, fact=fact)


@contextmanager
def keeping(sent: Sequence[SentDocument]) -> Iterator[Keeping]:
    """Where what it stands around fails, the files that were written are removed: no row names them."""
    them = Keeping(sent)
    try:
        yield them
    except BaseException:
        for document in them.kept:
            document.file.delete(save=False)
        raise


def keep_report(*, booking_id: int, worker: DeskWorker, file: UploadedFile) -> None:
    """The report of a visit, for the member alone.

    Raises Booking.DoesNotExist (no booking of the worker's provider), DocumentRefused.
    """
    with keeping([read_document(file)]) as documents, transaction.atomic():
        booking = locked_booking(booking_id)
        if booking.slot.at.site.provider_id != worker.provider_id:
            raise Booking.DoesNotExist
        if booking.state not in (Booking.State.CHECKED_IN, Booking.State.COMPLETED):
            raise NotVisitedYet
        documents.keep(side=Side.PROVIDER, by=worker.member, booking=booking)
