"""django-hordak's transfers on the same server, in a database of its own.

Fetched into a folder that is thrown away, so that nobody else needs it: `requirements-hordak.lock`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from tests.stage import ROOT, Stage

LOCK = Path(__file__).parent / "requirements-hordak.lock"
ACCOUNTS = 10_000
AT_ONCE = 500


class Peer:
    """Hordak, for as long as the context lasts."""

    def __init__(self, stage: Stage) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="hordak-")
        subprocess.run(
            [
                *(Path(sys.prefix) / "bin" / "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
                *("--target", self.folder.name, "-r", LOCK),
            ],
            check=True,
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.hordak"],
            cwd=ROOT,
            env=stage.env | {"PYTHONPATH": self.folder.name, "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate("")
        self.folder.cleanup()
        if self.process.returncode:
            raise RuntimeError("hordak's process failed")

    def transfers_per_second(self, kind: str, seconds: float) -> float:
        """8 processes; `kind`: "single", each in a transaction of its own, or "batch", 500 in one."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{kind} {seconds}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main() -> None:
    import dj_database_url
    import django
    from django.conf import settings

    here = urlsplit(os.environ["DATABASE_URL"])
    make_database(os.environ["DATABASE_URL"])
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DATABASES={"default": dj_database_url.parse(urlunsplit(here._replace(path="/hordak")))},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        DEFAULT_CURRENCY="CNY",
        CURRENCIES=["CNY"],
        SECRET_KEY="-",
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.db import connection, transaction
    from hordak.models import Account
    from moneyed import Money

    from tests.benchmarks.ledger import measure

    issuance = Account.objects.create(name="issuance", type="EX", currencies=["CNY"])
    parent = Account.objects.create(name="members", type="LI", currencies=["CNY"])
    with Account.objects.delay_mptt_updates():
        for number in range(ACCOUNTS):
            Account.objects.create(name=str(number), type="LI", parent=parent, currencies=["CNY"])
    ids = list(Account.objects.filter(parent=parent).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()

    def transfer():
        import random

        issuance.transfer_to(Account.objects.get(pk=random.choice(ids)), Money(5, "CNY"))

    def single():
        while True:
            transfer()
            yield 1

    def batch():
        while True:
            with transaction.atomic():
                for _ in range(AT_ONCE):
                    transfer()
            yield AT_ONCE

    for line in sys.stdin:
        kind, seconds = line.split()
        sys.stdout.write(f"{measure({'single': single, 'batch': batch}[kind], 8, float(seconds))}\n")
        sys.stdout.flush()


def make_database(url: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS hordak WITH (FORCE)")
        cursor.execute("CREATE DATABASE hordak")
    connection.close()


if __name__ == "__main__":
    main()
