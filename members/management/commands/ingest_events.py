"""Policy events from a file of JSON lines (docs/feeds.md): the same rules and answers as by HTTP."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from members.actions.accept_events import EventStatus
from members.actions.ingest_event_file import Rejects, ingest_event_file

UNREADABLE_FILE = 2


class Command(BaseCommand):
    help = (
        "Takes policy events in from FILE.jsonl. What is rejected or in conflict goes to FILE.jsonl.rejects.jsonl."
        " Exit status: 0, 1 when some were rejected or in conflict, 2 when the file could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        counts: Counter[str] = Counter()
        try:
            with file.open("rb") as lines, Rejects(file) as rejects, progress() as bar:
                task = bar.add_task(file.name, total=file.stat().st_size)
                for answer in ingest_event_file(lines=lines):
                    counts[answer.result.status.value] += 1
                    rejects.add(answer)
                    bar.update(task, completed=answer.line.end)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=UNREADABLE_FILE) from error
        counted = (f"{status.value}={counts[status.value]}" for status in EventStatus)
        self.stdout.write(f"read={counts.total()} {' '.join(counted)}")
        if counts[EventStatus.CONFLICT] or counts[EventStatus.REJECTED]:
            sys.exit(1)


def progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))
