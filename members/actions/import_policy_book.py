"""Takes over a delivery of the policy book, as docs/feeds.md says."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from itertools import islice
from typing import BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions.mirror_book_rows import Ids, Ward, join_guardians, mirror_book_rows, stored_ids
from members.actions.release_waiting_events import release_waiting_events
from members.book.agents import AGENTS
from members.book.customers import CUSTOMERS
from members.book.delivery import BookFile, FileResult
from members.book.faults import Fault, FileRefused
from members.book.policies import POLICIES
from members.book.products import PRODUCTS
from members.book.records import Records
from members.book.rejects import RejectsWriter
from members.book.sheet import Layout, Row, Sheet
from members.book.survey import Survey
from members.models import Customer

#: In this order: policies refer to all the others.
SHEETS = (AGENTS, PRODUCTS, CUSTOMERS, POLICIES)
FILE_NAMES = tuple(sheet.file_name for sheet in SHEETS)

#: Rows in a transaction. While one writes, no consumer reads what was published after it began (PolicyEvent).
BATCH_ROWS = 1_000

Progress = Callable[[FileResult, int], None]


def import_policy_book(*, files: Iterable[BookFile], on_progress: Progress) -> list[FileResult]:
    """Imports files by name, one after another; a file that is refused does not keep the others from going on.

    Commits as it goes, so it must not be called in a transaction; a second run changes nothing. `on_progress` is
    told, after each batch, a file's result so far and how many of its bytes are done. At the end, events that waited
    for what has come are released.
    """
    by_name = {file.name: file for file in files}
    present = [(sheet, by_name[sheet.file_name]) for sheet in SHEETS if sheet.file_name in by_name]
    results = [import_file(sheet, file, on_progress) for sheet, file in present]
    release_waiting_events()
    return results


def import_file(sheet: Sheet, file: BookFile, on_progress: Progress) -> FileResult:
    result = FileResult(file.name)
    # One day for both readings, or a row could be good before midnight and bad after it.
    today = timezone.localdate()
    try:
        # Each reading is half of the way.
        survey = survey_file(sheet, file, today, lambda done: on_progress(result, done // 2))
        apply_file(sheet, file, today, survey, result, lambda done: on_progress(result, (file.size_bytes + done) // 2))
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
    sheet: Sheet, file: BookFile, today: date, survey: Survey, result: FileResult, on_bytes: Callable[[int], None]
) -> None:
    wards: list[Ward] = []
    with ExitStack() as stack:
        layout, records = open_sheet(sheet, stack.enter_context(file.open()))
        result.ignored_columns = layout.ignored
        rejects: RejectsWriter | None = None
        for rows in batches(layout.row(record, today) for record in records):
            ids = stored_ids(reference for row in rows for reference in row.references)
            winners = []
            for row in rows:
                if faults := layout.sort(row.faults + missing_references(row, sheet, ids, survey)):
                    rejects = rejects or RejectsWriter(stack.enter_context(file.create_rejects()), layout.header)
                    rejects.write(row.line, row.cells, faults)
                    result.counts["rejected"] += 1
                elif survey.wins(row):
                    winners.append(row)
                else:
                    result.counts["superseded"] += 1
            outcome = mirror_book_rows(sheet=sheet, rows=winners, ids=ids)
            for name, number in outcome.counts.items():
                result.counts[name] += number
            wards += wards_of_later_guardians([row for row in winners if row.values[sheet.key] in outcome.written], ids)
            on_bytes(records.position)
        if records.checksum != survey.checksum:
            raise FileRefused(_("the file changed while it was being read"))
    for batch in batches(wards):
        join_guardians(wards=batch)


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


def wards_of_later_guardians(rows: Iterable[Row], ids: Ids) -> list[Ward]:
    """Those whose guardian is not stored yet, because he stands further down."""
    wards = [row.values for row in rows if row.values.get("guardian_no")]
    return [
        (values["customer_no"], values["guardian_no"], values["updated_at"])
        for values in wards
        if (Customer, values["guardian_no"]) not in ids
    ]


def batches(items: Iterable) -> Iterator[list]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH_ROWS)):
        yield batch
