"""Works off files that staff handed in, by the same action as the command."""

import io
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO, Protocol, TypeVar, cast

import structlog
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.fields.files import FieldFile
from django.utils import timezone, translation

from members.actions.import_sheet import Progress
from members.book.delivery import BookFile, FileResult
from members.models import Delivery

log = structlog.get_logger(__name__)

#: A worker that has not been heard of for so long is dead. A batch takes seconds.
SILENCE = timedelta(minutes=2)

D = TypeVar("D", bound=Delivery)


class ImportIsRunning(Exception):
    """Another worker is at it."""


class ImportFiles(Protocol):
    """What the command calls, too."""

    def __call__(self, *, files: Iterable[BookFile], on_progress: Progress) -> list[FileResult]: ...


class KeptBytes(io.BytesIO):
    """Still has its content when it has been closed."""

    content = b""

    def close(self) -> None:
        if not self.closed:
            self.content = self.getvalue()
        super().close()


def run_delivery(*, model: type[Delivery], import_id: int, import_files: ImportFiles) -> None:
    """Imports and records the progress and the result; nothing happens when that is done already.

    Raises ImportIsRunning, and lets through that the database went away: both are worth another try. Any other
    failure is recorded, by its kind only, because its text may hold a person's data.
    """
    if (delivery := claim(model, import_id)) is None:
        return
    rejects: dict[str, KeptBytes] = {}
    files = [
        BookFile(
            name=file.name,
            size_bytes=file.size_bytes,
            open=partial(open_sealed, file.content),
            create_rejects=partial(keep_rejects, rejects, file.name),
        )
        for file in files_of(delivery).all()
    ]
    try:
        with translation.override(delivery.language):
            results = import_files(files=files, on_progress=partial(record_progress, delivery))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.error("import_failed", imported=model._meta.label, import_id=import_id, error=type(error).__name__)
        record_failure(delivery, type(error).__name__)
    else:
        record_results(delivery, results, rejects)


def stalled(model: type[Delivery]) -> list[int]:
    """Ids of those that nobody works on, though somebody should: their task or their worker is lost."""
    return list(
        model._default_manager.exclude(state__in=Delivery.SETTLED)
        .filter(uploaded_at__lt=timezone.now() - SILENCE)
        .exclude(alive_at__gte=timezone.now() - SILENCE)
        .values_list("pk", flat=True)
    )


@transaction.atomic
def claim(model: type[D], import_id: int) -> D | None:
    delivery = locked_unless_settled(model, import_id)
    if delivery and delivery.alive_at and delivery.alive_at > timezone.now() - SILENCE:
        raise ImportIsRunning(import_id)
    if delivery:
        delivery.state, delivery.alive_at = Delivery.State.RUNNING, timezone.now()
        delivery.save()
    return delivery


def locked_unless_settled(model: type[D], import_id: int) -> D | None:
    """Of a worker that was taken for dead and its successor, whoever ends first settles it; the other one records
    nothing, for the files may have been taken away under its hands."""
    unsettled = model._default_manager.select_for_update().exclude(state__in=Delivery.SETTLED)
    return unsettled.filter(pk=import_id).first()


def files_of(delivery: Delivery) -> Any:
    """The files, as a manager: every kind of delivery has its own table of them."""
    return delivery.files  # type: ignore[attr-defined]


def open_sealed(content: FieldFile) -> BinaryIO:
    return cast(BinaryIO, content.storage.open(str(content.name)))


def keep_rejects(rejects: dict[str, KeptBytes], name: str) -> KeptBytes:
    return rejects.setdefault(name, KeptBytes())


def record_progress(delivery: Delivery, result: FileResult, done_bytes: int) -> None:
    files_of(delivery).filter(delivery__state=Delivery.State.RUNNING, name=result.name).update(
        done_bytes=done_bytes, counts=result.counts
    )
    type(delivery)._default_manager.filter(pk=delivery.pk).update(alive_at=timezone.now())


@transaction.atomic
def record_results(claimed: Delivery, results: list[FileResult], rejects: dict[str, KeptBytes]) -> None:
    if (delivery := locked_unless_settled(type(claimed), claimed.pk)) is None:
        return
    by_name = {result.name: result for result in results}
    for file in files_of(delivery).all():
        result = by_name[file.name]
        file.done_bytes, file.counts = file.size_bytes, result.counts
        file.refused, file.ignored_columns = result.refused, list(result.ignored_columns)
        if file.name in rejects:
            file.rejects.save(
                f"{delivery.pk}-{file.name}.rejects.csv", ContentFile(rejects[file.name].content), save=False
            )
        file.save()
    finish(delivery, Delivery.State.FINISHED)


@transaction.atomic
def record_failure(claimed: Delivery, error: str) -> None:
    if delivery := locked_unless_settled(type(claimed), claimed.pk):
        finish(delivery, Delivery.State.FAILED, error)


def finish(delivery: Delivery, state: Delivery.State, error: str = "") -> None:
    delivery.state, delivery.error, delivery.finished_at = state, error, timezone.now()
    delivery.save()
    for file in files_of(delivery).all():
        # The mirror has it now; a second copy of so much personal data is kept by nobody.
        transaction.on_commit(partial(file.content.storage.delete, str(file.content.name)))
        file.content = ""
        file.save(update_fields=["content"])
