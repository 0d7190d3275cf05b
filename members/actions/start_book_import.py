"""A member of staff hands in files of the policy book."""

from collections.abc import Mapping

from django.core.files import File

from members.actions.import_policy_book import FILE_NAMES
from members.actions.start_delivery import start_delivery
from members.models import BookImport, Member


def start_book_import(*, uploaded_by: Member, uploads: Mapping[str, File], language: str) -> BookImport:
    """Keeps the files (file name → content), sealed, for `run_book_import`. Raises PermissionDenied.

    `language`: of refusals and rejects.
    """
    return start_delivery(
        model=BookImport, names=FILE_NAMES, uploaded_by=uploaded_by, uploads=uploads, language=language
    )
