"""How many letters one core makes: typeset, signed, sealed, archived with their rows; batches of 20.

`python -m tests.benchmarks.letters [LETTERS]`; the last line is one JSON object. The process keeps to one core (the
database has the others). `letters_per_s_core` is by the clock, `letters_per_cpu_s` by the processor time used, which
other programs on the machine disturb less.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import django

BATCH = 20


def batches(count: int, revision_id: int, *, first: int) -> list[list[Any]]:
    """Letters to different people with different figures, so that nothing is typeset from memory."""
    from tests.notifications.letter_samples import LETTER, outgoing

    letters = []
    for number in range(first, first + count):
        name = "王" + chr(0x4E00 + number % 20_000)
        letter = replace(
            LETTER,
            addressee=name,
            salutation=f"尊敬的{name}：",
            paragraphs=tuple(text.replace("P2024000123", f"P{number:010d}") for text in LETTER.paragraphs),
            figures=(("保险单号", f"P{number:010d}"), *LETTER.figures[1:]),
            reference=f"BL-{number:09d}",
        )
        letters.append(outgoing(revision_id, key=str(number), recipient=f"c{number}", letter=letter))
    return [letters[at : at + BATCH] for at in range(0, count, BATCH)]


def milliseconds(work: Callable[[], object], count: int) -> float:
    """Processor time of one of `count`."""
    started = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - started) / count * 1000


def breakdown() -> None:
    from members.crypto import seal
    from notifications.letters.signing import sign
    from notifications.letters.typesetting import typeset
    from tests.notifications.letter_samples import LETTER

    numbers = iter(range(10**9))
    pdf = typeset(LETTER)
    signed = sign(pdf).content
    parts = {
        "typeset": milliseconds(lambda: typeset(replace(LETTER, reference=str(next(numbers)))), 50),
        "sign": milliseconds(lambda: sign(pdf), 50),
        "seal": milliseconds(lambda: seal(signed, "benchmark"), 50),
    }
    sys.stdout.write(f"a letter: {len(signed) / 1024:.0f} KiB; ")
    sys.stdout.write(", ".join(f"{name} {took:.1f} ms" for name, took in parts.items()) + "\n")


def resident_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    import tests.servers  # noqa: F401

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    django.setup()
    from django.conf import settings
    from django.db import connection
    from wagtail.models import Revision

    from notifications.actions.make_letters import Made, make_letters
    from tests.notifications.conftest import make_event_type
    from tests.notifications.letter_samples import archive_in

    folder = Path(tempfile.mkdtemp(prefix="letters-"))
    archive_in(settings, folder)
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        make_event_type()
        revision_id = Revision.objects.latest("pk").pk
        for batch in batches(2 * BATCH, revision_id, first=0):  # fonts, plans, the signing key
            make_letters(outgoings=batch)
        work = batches(count, revision_id, first=2 * BATCH)
        started, used = time.perf_counter(), time.process_time()
        for batch in work:
            made = make_letters(outgoings=batch)
            assert all(isinstance(letter, Made) for letter in made.values())
        by_clock, by_processor = time.perf_counter() - started, time.process_time() - used
        breakdown()
        sys.stdout.write(f"{count} letters in {by_clock:.1f} s, {by_processor:.1f} s of processor; ")
        sys.stdout.write(f"{resident_mb()} MB of memory\n")
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"].removeprefix("test_"), verbosity=0)
        shutil.rmtree(folder)
    result = {
        "benchmark": "letters",
        "letters_per_s_core": round(count / by_clock, 1),
        "letters_per_cpu_s": round(count / by_processor, 1),
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
