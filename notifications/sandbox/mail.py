"""A mail server for trying things out: takes every e-mail and delivers it to a folder on this machine.

`python -m notifications.sandbox.mail --port 8025 --folder var/mail`. Addresses that begin with these words fail, so
that failures can be shown: `bounce` is unknown (550), `later` is not now (451), `lost` breaks the connection after
the text has been taken.
"""

import argparse
import asyncio
import mailbox
import os
import signal
import sys
from collections import deque
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from notifications.sandbox.mailbox import arrival, maildir_of

MAX_MAIL_BYTES = 10 * 1024 * 1024
#: The oldest make room.
KEPT_PER_ADDRESS = 50
KEPT = 2000


class Delivery:
    """aiosmtpd's handler: answers RCPT by the address, delivers into the recipient's Maildir."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.boxes: dict[Path, mailbox.Maildir] = {}
        there = [(arrival(file.name), file) for file in folder.glob("*/new/*")]
        self.kept = deque(file for _, file in sorted(there))

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address.startswith("bounce"):
            return "550 5.1.1 No such mailbox"
        if address.startswith("later"):
            return "451 4.7.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if any(address.startswith("lost") for address in envelope.rcpt_tos):
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 4.3.0 Never read"
        content = envelope.content
        assert isinstance(content, bytes)
        for address in envelope.rcpt_tos:
            self.deliver(address, content)
        return "250 2.0.0 OK"

    def deliver(self, address: str, content: bytes) -> None:
        place = maildir_of(address, self.folder)
        box = self.boxes.get(place) or self.boxes.setdefault(place, mailbox.Maildir(place, factory=None))
        self.kept.append(place / "new" / box.add(content))
        names = sorted((place / "new").iterdir(), key=lambda file: arrival(file.name))
        for file in names[:-KEPT_PER_ADDRESS]:
            file.unlink(missing_ok=True)
        while len(self.kept) > KEPT:
            self.kept.popleft().unlink(missing_ok=True)


async def serve(port: int, folder: Path) -> None:
    delivery = Delivery(folder)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    def protocol() -> SMTP:
        return SMTP(delivery, hostname="mail.sandbox", ident="Banyan sandbox", data_size_limit=MAX_MAIL_BYTES)

    server = await loop.create_server(protocol, "127.0.0.1", port)
    bound = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"mail sandbox takes SMTP at 127.0.0.1:{bound}\n")
    sys.stdout.flush()
    await stopping.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m notifications.sandbox.mail", description=__doc__)
    parser.add_argument("--port", type=int, default=8025, help="0: any free one (default: 8025)")
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("BANYAN_VAR") or "var") / "mail")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.folder))


if __name__ == "__main__":
    main()
