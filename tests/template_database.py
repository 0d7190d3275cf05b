"""The suite's databases are copies of one that was migrated before: migrating takes a minute of work, a copy none."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "banyan_template_"
#: Whatever decides what migrating does.
DECIDING = ("requirements.lock", "*/migrations/*.py", "portal/settings/*.py")


def template_database() -> str:
    """Its name on the server of DATABASE_URL, where it is made when there is none for the migrations as they are.

    What is done after every migrating (permissions, groups) is done in each copy once more, by the same code.
    """
    deciding = sorted(path for pattern in DECIDING for path in ROOT.glob(pattern))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in deciding)).hexdigest()
    name, server = f"{PREFIX}{digest[:16]}", os.environ["DATABASE_URL"]
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        there = {row[0] for row in cursor.fetchall()}
        if name not in there:
            for old in there:
                cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
            # Under another name until it is whole: a run may be cut.
            making = f"{PREFIX}making"
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            migrate(on(server, making))
            names = map(sql.Identifier, (making, name))
            cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))
    connection.close()
    return name


def on(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


def migrate(url: str) -> None:
    command = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": url}, check=True)
