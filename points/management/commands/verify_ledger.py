"""`manage.py verify_ledger [--expect 17:HASH]`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from points.auditing import LedgerDiffers, audit
from points.models import Posting
from points.sealing import ChainBroken, verify

#: Blocks between two lines about how far it is.
STEP = 100


class Command(BaseCommand):
    help = "Reckons the hash chain anew and compares balances, entries, lots and holds. Reads everything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect",
            type=number_and_hash,
            metavar="NUMBER:HASH",
            help="a block as the log has it (ledger_sealed): tells whether later ones were taken off the end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        blocks = postings = 0
        try:
            for seal in verify(expected=options["expect"]):
                blocks, postings = blocks + 1, postings + seal.postings_count
                if blocks % STEP == 0:
                    self.stdout.write(f"{blocks} blocks, {postings} postings hold so far.")
            audit()
        except ChainBroken as error:
            raise CommandError(f"Block {error.broken.number}: {error.broken.why}.") from error
        except LedgerDiffers as error:
            found = error.difference
            raise CommandError(
                f"{found.what} differ at row {found.row_id}: {found.written} is written, {found.reckoned} was reckoned."
            ) from error
        waiting = Posting.objects.filter(seal=None).count()
        self.stdout.write(f"All {blocks} blocks with {postings} postings hold; {waiting} postings wait for a seal.")


def number_and_hash(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise ValueError(text)
    return int(number), digest.lower()
