"""Works off files of the policy book that staff handed in."""

from members.actions.import_policy_book import import_policy_book
from members.actions.run_delivery import run_delivery, stalled
from members.models import BookImport


def run_book_import(*, import_id: int) -> None:
    """As `run_delivery` says, which raises ImportIsRunning."""
    run_delivery(model=BookImport, import_id=import_id, import_files=import_policy_book)


def stalled_book_imports() -> list[int]:
    """Ids of those that nobody works on, though somebody should: their task or their worker is lost."""
    return stalled(BookImport)
