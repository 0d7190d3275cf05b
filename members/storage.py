"""Private files: sealed on disk, opened on reading."""

from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

from members.crypto import seal, unseal

CONTEXT = "private file"


class SealedFileSystemStorage(FileSystemStorage):
    """A file system storage whose files are encrypted at rest. No public address."""

    def _open(self, name: str, mode: str = "rb") -> File:
        with super()._open(name, "rb") as file:  # type: ignore[misc]
            return ContentFile(unseal(file.read(), CONTEXT), name=name)

    def _save(self, name: str, content: Any) -> str:
        return super()._save(name, ContentFile(seal(content.read(), CONTEXT)))  # type: ignore[misc]

    def url(self, name: str | None) -> str:
        raise NotImplementedError("Private files have no address; a view that checks who asks serves them.")
