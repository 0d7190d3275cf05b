"""A member of staff hands in files of the policy book."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction

from members.actions.import_policy_book import FILE_NAMES
from members.models import BookImport, BookImportFile, Member


@transaction.atomic
def start_book_import(*, uploaded_by: Member, uploads: Mapping[str, File], language: str) -> BookImport:
    """Keeps the files (file name → content), sealed, for `run_book_import`. Raises PermissionDenied.

    `language`: of refusals and rejects.
    """
    if not uploaded_by.has_perm("members.add_bookimport"):
        raise PermissionDenied
    delivery = BookImport.objects.create(uploaded_by=uploaded_by, language=language)
    for name in FILE_NAMES:
        if content := uploads.get(name):
            file = BookImportFile(delivery=delivery, name=name, size_bytes=content.size)
            file.content.save(f"{delivery.pk}-{name}", content, save=False)
            file.save()
    return delivery
