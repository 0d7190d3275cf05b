"""Takes over a delivery of the network of providers, as docs/providers.md says."""

from collections.abc import Iterable

from benefits.actions.mirror_network_rows import mirror_network_rows
from benefits.network.sheets import SHEETS
from members.actions.import_sheet import Progress, import_sheet
from members.book.delivery import BookFile, FileResult


def import_network(*, files: Iterable[BookFile], on_progress: Progress) -> list[FileResult]:
    """Imports files by name, one after another; a file that is refused does not keep the others from going on.

    Commits as it goes, so it must not be called in a transaction; a second run changes nothing. `on_progress` is
    told, after each batch, a file's result so far and how many of its bytes are done.
    """
    by_name = {file.name: file for file in files}
    present = [(sheet, by_name[sheet.file_name]) for sheet in SHEETS if sheet.file_name in by_name]
    return [
        import_sheet(sheet=sheet, file=file, take_over=mirror_network_rows, on_progress=on_progress)
        for sheet, file in present
    ]
