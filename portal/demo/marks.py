"""What the demo has done already, so that its next start need not look."""

import hashlib
import json
import os
from pathlib import Path

from portal import embedded

PACKAGES = ("portal", "notifications", "cms", "benefits", "points", "members")


def fingerprint() -> str:
    """Changes with every file of the program and with the database, and so with all that preparation depends on."""
    digest = hashlib.sha256(os.environ["DATABASE_URL"].encode())
    files = [embedded.ROOT / "requirements.lock"]
    for package in PACKAGES:
        files += sorted(path for path in (embedded.ROOT / package).rglob("*") if path.is_file())
    for path in files:
        if "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(embedded.ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def database() -> str:
    """Which database this is, without its password."""
    return hashlib.sha256(os.environ["DATABASE_URL"].encode()).hexdigest()


def done(step: str, with_what: str) -> bool:
    return read().get(step) == with_what


def mark(step: str, with_what: str) -> None:
    draft = file().with_suffix(".new")
    draft.write_text(json.dumps({**read(), step: with_what}))
    draft.replace(file())


def read() -> dict[str, str]:
    return dict(json.loads(file().read_text())) if file().exists() else {}


def file() -> Path:
    return embedded.var() / "demo.json"
