"""Takes over one file of a delivery: good rows in batches, bad ones to the rejects with line, column and reason."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from itertools import islice
from typing import BinaryIO, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from members.book.delivery import BookFile, FileResult, Outcome
from members.book.faults import Fault, FileRefused
from members.book.records import Records
from members.book.references import Ids, stored_ids
from members.book.rejects import RejectsWriter
from members.book.sheet import Layout, Row, Sheet
from members.book.survey import Survey

#: Rows in a transaction. While one writes, no consumer reads what was published after it began (PolicyEvent).
BATCH_ROWS = 1_000

Progress = Callable[[FileResult, int], None]


class TakeOver(Protocol):
    """Stores good rows of different keys, in one transaction. `ids`: of the rows that they refer to."""

    def __call__(self, *, sheet: Sheet, rows: Sequence[Row], ids: Ids) -> Outcome: ...


def import_sheet(
    *,
    sheet: Sheet,
    file: BookFile,
    take_over: TakeOver,
    on_progress: Progress,
    on_end: Callable[[], None] = lambda: None,
) -> FileResult:
    """Reads a file twice, first to see which rows are good and which of them win, then to take those over.

    Commits as it goes, so it must not be called in a transaction. `on_progress` is told, after each batch, the result
    so far and how many of the bytes are done. `on_end`: what is left to do when all rows are in.
    """
    result = FileResult(file.name)
    # One day for both readings, or a row could be good before midnight and bad after it.
    today = timezone.localdate()
    try:
        # Each reading is half of the way.
        survey = survey_file(sheet, file, today, lambda done: on_progress(result, done // 2))
        apply_file(
            sheet,
            file,
            today,
            survey,
            result,
            take_over,
            lambda done: on_progress(result, (file.size_bytes + done) // 2),
        )
        on_end()
    except FileRefused as refusal:
        result.refused = str(refusal)
    except OSError as error:
        result.refused = _("can't be read or its rejects can't be written: %(reason)s") % {"reason": error.strerror}
    on_progress(result, file.size_bytes)
    return result


def survey_file(sheet: Sheet, file: BookFile, today: date, on_bytes: Callable[[int], None]) -> Survey:
    survey = Survey(sheet)
    with file.open() as source:
        layout, records = open_sheet(sheet, source)
        for rows in batches(layout.row(record, today) for record in records):
            good = [row for row in rows if not row.faults]
            ids = stored_ids(reference for row in good for reference in row.references)
            for row in good:
                missing = [reference for reference in row.references if (reference.model, reference.key) not in ids]
                if all(reference.model is sheet.model for reference in missing):
                    survey.add(row, needs=missing[0].key if missing else None)
            on_bytes(records.position)
        survey.checksum = records.checksum
    survey.settle()
    return survey


def apply_file(
    sheet: Sheet,
    file: BookFile,
    today: date,
    survey: Survey,
    result: FileResult,
    take_over: TakeOver,
    on_bytes: Callable[[int], None],
) -> None:
    with ExitStack() as stack:
        layout, records = open_sheet(sheet, stack.enter_context(file.open()))
        result.ignored_columns = layout.ignored
        rejects: RejectsWriter | None = None
        for rows in batches(layout.row(record, today) for record in records):
            ids = stored_ids(reference for row in rows for reference in row.references)
            winners, rejected = [], []
            for row in rows:
                if faults := row.faults + missing_references(row, sheet, ids, survey):
                    rejected.append((row, faults))
                elif survey.wins(row):
                    winners.append(row)
                else:
                    result.counts["superseded"] += 1
            outcome = take_over(sheet=sheet, rows=winners, ids=ids)
            for name, number in outcome.counts.items():
                result.counts[name] += number
            rejected += [(row, outcome.refused[row.line]) for row in winners if row.line in outcome.refused]
            for row, faults in sorted(rejected, key=lambda pair: pair[0].line):
                rejects = rejects or RejectsWriter(stack.enter_context(file.create_rejects()), layout.header)
                rejects.write(row.line, row.cells, layout.sort(faults))
                result.counts["rejected"] += 1
            on_bytes(records.position)
        if records.checksum != survey.checksum:
            raise FileRefused(_("the file changed while it was being read"))


def open_sheet(sheet: Sheet, source: BinaryIO) -> tuple[Layout, Records]:
    records = Records(source)
    header = next(iter(records), None)
    if header is None:
        raise FileRefused(_("is empty"))
    return Layout(sheet, header.cells), records


def missing_references(row: Row, sheet: Sheet, ids: Ids, survey: Survey) -> list[Fault]:
    return [
        reference.fault()
        for reference in row.references
        if (reference.model, reference.key) not in ids
        and not (reference.model is sheet.model and survey.brings(reference.key))
    ]


def batches(items: Iterable) -> Iterator[list]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH_ROWS)):
        yield batch
