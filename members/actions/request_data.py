"""A member asks for a copy of their data; a closed account's data is asked to be erased."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from members.actions.record_account_event import record_account_event
from members.assurance import Context, require_assurance
from members.entrances import Entrance
from members.events import DataRequested, data_requested
from members.models import AccountEvent, DataRequest, Language, Member

Kind = DataRequest.Kind


class CopyGone(Exception):
    """The copy was not made yet, or it has expired."""


def request_copy(*, member: Member, context: Context) -> DataRequest:
    """A copy in the reader's language; while one is being made, that one. Raises AssuranceRefused."""
    with transaction.atomic():
        require_assurance(member, "data.export", context)
        return ask(member, Kind.EXPORT, context.entrance, Language.current())


def ask_for_erasure(*, member: Member, entrance: Entrance) -> DataRequest:
    """For an account that is closed."""
    return ask(member, Kind.ERASURE, entrance, Language(member.language))


def ask(member: Member, kind: DataRequest.Kind, entrance: Entrance, language: Language) -> DataRequest:
    try:
        with transaction.atomic():
            request = DataRequest.objects.create(member=member, kind=kind, entrance=entrance, language=language)
    except IntegrityError:  # one at a time: the database keeps it so
        return DataRequest.objects.unfinished().get(member=member, kind=kind)
    data_requested.send(DataRequested, fact=DataRequested(request_id=request.pk))
    return request


@transaction.atomic
def fetch_copy(*, member: Member, request_id: int, context: Context) -> DataRequest:
    """The member's own copy, to be sent to them. Each time a proof is asked. Raises AssuranceRefused, CopyGone."""
    require_assurance(member, "data.export", context)
    request = DataRequest.objects.ready().filter(pk=request_id, member=member).first()
    if request is None:
        raise CopyGone
    record_account_event(member=member, kind=AccountEvent.Kind.DATA_EXPORTED, entrance=context.entrance)
    return request


def delete_old_copies() -> int:
    """Files that can't be fetched any more; returns how many."""
    gone = DataRequest.objects.filter(kind=Kind.EXPORT, expires_at__lte=timezone.now()).exclude(file="")
    for request in gone:
        request.file.delete(save=False)
        DataRequest.objects.filter(pk=request.pk).update(file="")
    return len(gone)
