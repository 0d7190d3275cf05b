"""A command that imports a folder; exits with 0 all in, 1 rows rejected, 2 a file refused."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from functools import partial
from os.path import lexists
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from members.actions.run_delivery import ImportFiles
from members.book.delivery import BookFile, FileResult


class ImportCommand(BaseCommand):
    """`file_names`: what is looked for in the folder. `import_files`: what takes it over, as a staticmethod."""

    file_names: Sequence[str]
    import_files: ImportFiles

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        # Also what can't be opened, such as a link to nowhere: the import refuses it, and says so.
        paths = [folder / name for name in self.file_names if lexists(folder / name)]
        if not paths:
            raise CommandError(f"{folder}: none of {', '.join(self.file_names)} is there.", returncode=2)
        files = [
            BookFile(
                name=path.name,
                size_bytes=size_of(path),
                open=partial(reading, path),
                create_rejects=partial(create_rejects, path),
            )
            for path in paths
        ]
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            bars = {file.name: progress.add_task(file.name, total=file.size_bytes or 1) for file in files}
            results = self.import_files(
                files=files,
                on_progress=lambda result, done: progress.update(bars[result.name], completed=done),
            )
        for result in results:
            self.tell(result)
            if not result.refused and not result.counts["rejected"]:
                # What an earlier run rejected is in now.
                rejects(folder / result.name).unlink(missing_ok=True)
        sys.exit(2 if any(r.refused for r in results) else 1 if any(r.counts["rejected"] for r in results) else 0)

    def tell(self, result: FileResult) -> None:
        if result.ignored_columns:
            self.stderr.write(f"{result.name}: columns ignored: {', '.join(result.ignored_columns)}")
        if result.refused:
            self.stderr.write(self.style.ERROR(f"{result.name}: refused: {result.refused}"))
        self.stdout.write(str(result))


def reading(path: Path) -> BinaryIO:
    return path.open("rb")


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def create_rejects(path: Path) -> BinaryIO:
    """Who may not read a file may not read what was rejected of it either: it is the same personal data."""
    mode = path.stat().st_mode & 0o666 | 0o600  # it is mended by who made it
    return open(rejects(path), "wb", opener=lambda name, flags: os.open(name, flags, mode))


def rejects(path: Path) -> Path:
    return path.with_name(f"{path.name}.rejects.csv")
