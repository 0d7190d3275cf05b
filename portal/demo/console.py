"""What the demo says on the terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from honcho.printer import Message, Printer
from rich.console import Console

console = Console(highlight=False)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Shows that `what` is going on, and afterwards how long it took."""
    began = time.monotonic()
    if not console.is_terminal:
        console.print(f"  … {what}")
    with console.status(what):
        yield
    console.print(f"  [green]✓[/] {what} [dim]{time.monotonic() - began:.1f} s[/]")


class Lines(Printer):
    """The processes' lines as they come, each with its process's name; nothing of who started when."""

    def __init__(self, *, lifted: str) -> None:
        super().__init__(time_format="%H:%M:%S")
        self.lifted = lifted
        self.silent = False

    def write(self, message: Message) -> Any:
        """Lines of the process named `lifted` stand alone; when `silent`, nothing is said any more."""
        if self.silent:
            return
        if message.name == self.lifted and message.type == "line":
            text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
            self.output.write(text)
            self.output.flush()
        elif message.name != "system":
            super().write(message)
