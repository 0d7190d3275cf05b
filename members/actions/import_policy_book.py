"""Takes over a delivery of the policy book, as docs/feeds.md says."""

from collections.abc import Iterable, Sequence

from members.actions.import_sheet import Progress, batches, import_sheet
from members.actions.mirror_book_rows import Ward, join_guardians, mirror_book_rows
from members.actions.release_waiting_events import release_waiting_events
from members.book.agents import AGENTS
from members.book.customers import CUSTOMERS
from members.book.delivery import BookFile, FileResult, Outcome
from members.book.policies import POLICIES
from members.book.products import PRODUCTS
from members.book.references import Ids
from members.book.sheet import Row, Sheet
from members.models import Customer

#: In this order: policies refer to all the others.
SHEETS = (AGENTS, PRODUCTS, CUSTOMERS, POLICIES)
FILE_NAMES = tuple(sheet.file_name for sheet in SHEETS)


def import_policy_book(*, files: Iterable[BookFile], on_progress: Progress) -> list[FileResult]:
    """Imports files by name, one after another; a file that is refused does not keep the others from going on.

    Commits as it goes, so it must not be called in a transaction; a second run changes nothing. `on_progress` is
    told, after each batch, a file's result so far and how many of its bytes are done. At the end, events that waited
    for what has come are released.
    """
    by_name = {file.name: file for file in files}
    present = [(sheet, by_name[sheet.file_name]) for sheet in SHEETS if sheet.file_name in by_name]
    results = [import_book_sheet(sheet, file, on_progress) for sheet, file in present]
    release_waiting_events()
    return results


def import_book_sheet(sheet: Sheet, file: BookFile, on_progress: Progress) -> FileResult:
    wards: list[Ward] = []

    def take_over(*, sheet: Sheet, rows: Sequence[Row], ids: Ids) -> Outcome:
        outcome = mirror_book_rows(sheet=sheet, rows=rows, ids=ids)
        wards.extend(wards_of_later_guardians([row for row in rows if row.values[sheet.key] in outcome.written], ids))
        return outcome

    def join() -> None:
        for batch in batches(wards):
            join_guardians(wards=batch)

    return import_sheet(sheet=sheet, file=file, take_over=take_over, on_end=join, on_progress=on_progress)


def wards_of_later_guardians(rows: Iterable[Row], ids: Ids) -> list[Ward]:
    """Those whose guardian is not stored yet, because he stands further down."""
    wards = [row.values for row in rows if row.values.get("guardian_no")]
    return [
        (values["customer_no"], values["guardian_no"], values["updated_at"])
        for values in wards
        if (Customer, values["guardian_no"]) not in ids
    ]
