"""django-hordak's transfers on the same server, in a database of its own.

Fetched into a folder that is thrown away, so that nobody else needs it: `requirements-hordak.lock`.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.stage import ROOT, Stage

LOCK = Path(__file__).parent / "requirements-hordak.lock"
ACCOUNTS = 10_000
AT_ONCE = 500


@dataclass(frozen=True)
class Rates:
    """Transfers in a second, 8 processes: each in a transaction of its own, and 500 in one."""

    single: float
    batch: float


def transfers_per_second(stage: Stage, seconds: float) -> Rates:
    with tempfile.TemporaryDirectory(prefix="hordak-") as folder:
        subprocess.run(
            [
                *(Path(sys.prefix) / "bin" / "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
                *("--target", folder, "-r", LOCK),
            ],
            check=True,
        )
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.hordak", str(seconds)],
            cwd=ROOT,
            env=stage.env | {"PYTHONPATH": folder, "PYTHONWARNINGS": "ignore"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return Rates(**json.loads(done.stdout.splitlines()[-1]))


def main(seconds: float) -> None:
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

    sys.stdout.write(json.dumps({"single": measure(single, 8, seconds), "batch": measure(batch, 8, seconds)}) + "\n")


def make_database(url: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS hordak WITH (FORCE)")
        cursor.execute("CREATE DATABASE hordak")
    connection.close()


if __name__ == "__main__":
    main(float(sys.argv[1]))
