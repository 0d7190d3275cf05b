"""PostgreSQL and Redis from wheels, for a machine that has neither.

`start_missing` starts what no environment variable names and puts the address into the environment, where the
settings read it; nothing else in the project knows which kind of server it talks to. Data lives in BANYAN_VAR
(default: ./var). The last process that uses a server stops it.
"""

import fcntl
import hashlib
import os
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.embedded_postgres import Postgres
from portal.embedded_redis import Redis
from portal.lease import Lease

ROOT = Path(__file__).resolve().parent.parent
#: A socket's path has room for 107 bytes; the longest name in the folder has 13.
LONGEST_SOCKET_FOLDER = 90


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
    # Of two processes that start together the second one waits here, and finds what the first one has made.
    with (var() / "secrets.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lines = file.read_text().splitlines() if file.exists() else []
        kept = dict(line.split("=", 1) for line in lines)
        if missing := {name: make() for name, make in SECRETS.items() if name not in kept}:
            kept |= missing
            draft = var() / "secrets.new"
            draft.touch(mode=0o600)
            draft.write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
            draft.rename(file)
    for name, value in kept.items():
        os.environ.setdefault(name, value)


def random_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def signing_key() -> str:
    """The PEM of an RSA key, in one line."""
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode().replace("\n", "\\n")


#: Secret → what makes one.
SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: f"1:{random_key()}",
    "BLIND_INDEX_KEY": random_key,
    "OIDC_SIGNING_KEY": signing_key,
}


def postgres() -> Postgres:
    """The embedded PostgreSQL of this installation, running or not."""
    return Postgres(data=var() / "postgres", sockets=socket_folder("postgres"))


def start_postgres() -> str:
    """Starts or joins the embedded PostgreSQL 18 and returns its URL."""
    server = postgres()
    Lease(var() / "postgres.lock", server.answers, server.start, server.stop).join()
    return f"postgres://postgres@{quote(str(server.sockets), safe='')}:5432/postgres"


def redis() -> Redis:
    """The embedded Redis of this installation, running or not."""
    folder = var() / "redis"
    folder.mkdir(exist_ok=True)
    return Redis(data=folder, socket=socket_folder("redis") / "redis.sock")


def start_redis() -> str:
    """Starts or joins the embedded Redis (a socket, no port) and returns its URL."""
    server = redis()
    Lease(var() / "redis.lock", server.answers, server.start, server.stop).join()
    return f"redis+socket://{server.socket}"


def socket_folder(name: str) -> Path:
    """A folder that only its owner may enter, with a path short and plain enough for a socket and for a URL."""
    folder = var() / "run" / name
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER or quote(str(folder)) != str(folder):
        digest = hashlib.sha256(os.fsencode(var())).hexdigest()[:12]
        private = Path(tempfile.gettempdir()) / f"banyan-{os.geteuid()}-{digest}"
        private.mkdir(mode=0o711, exist_ok=True)
        if private.is_symlink() or private.stat().st_uid != os.geteuid():
            raise RuntimeError(f"{private} belongs to somebody else; remove it or set BANYAN_VAR to a short path.")
        folder = private / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
