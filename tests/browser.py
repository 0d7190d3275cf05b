"""A real Chromium for the browser tests, with fonts that have Chinese: found, or else fetched from the distribution.

Root and whoever may use sudo install Debian's packages; anybody else unpacks the same packages into BANYAN_VAR, with
what they need and this machine lacks. Ubuntu has no such package, there Playwright brings its own build.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import playwright
from playwright.sync_api import sync_playwright

from tests.servers import SHARED

#: The last one is for the Node.js inside Playwright's wheel.
PACKAGES = ["chromium", "fonts-noto-cjk", "libatomic1"]
SYSTEM = Path("/usr/bin/chromium")
FONTS = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
FETCHED_WITHIN_S = 900
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoBrowser(Exception):
    """None is here and none can be fetched; the message says what was tried."""


def ensure_chromium() -> Path:
    """The program to start. Raises NoBrowser."""
    if chosen := os.environ.get("CHROMIUM"):
        return Path(chosen)
    folder = SHARED / "browser"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tried = []
        for way in (installed, unpacked, install, unpack, fetch_playwrights):
            try:
                if program := way(folder):
                    return program
            except (subprocess.SubprocessError, OSError) as error:
                said = getattr(error, "stderr", None) or str(error)
                tried.append(f"{way.__name__}: {said.strip()[-400:]}")
    raise NoBrowser(
        "The browser tests need Chromium and fonts-noto-cjk; install them, or name a Chromium in CHROMIUM.\n"
        + "\n".join(tried)
    )


def installed(folder: Path) -> Path | None:
    complete = SYSTEM.exists() and FONTS.exists() and any(Path("/usr/lib").glob("*-linux-gnu/libatomic.so.1"))
    return SYSTEM if complete else None


def unpacked(folder: Path) -> Path | None:
    if not (folder / "chromium").exists():
        return None
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(folder / "node")
    return folder / "chromium"


def install(folder: Path) -> Path | None:
    """Installs the packages where that takes no password."""
    if os.geteuid() == 0:
        become: list[str] = []
    elif shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        become = ["sudo", "-n"]
    else:
        return None
    apt = [*become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    run([*apt, "update"])
    run([*apt, "install", "--yes", "--no-install-recommends", *PACKAGES])
    return installed(folder)


def unpack(folder: Path) -> Path | None:
    """Downloads the packages and all that this machine lacks for them, and unpacks them without installing."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    apt = [
        *("apt-get", "-qq"),
        *("-o", f"Dir::State={folder}/state", "-o", "Dir::State::status=/var/lib/dpkg/status"),
        *("-o", f"Dir::Cache={folder}/cache", "-o", "Debug::NoLocking=true"),
    ]
    run([*apt, "update"])
    run([*apt, "install", "--yes", "--no-install-recommends", "--download-only", *PACKAGES])
    for package in sorted((folder / "cache" / "archives").glob("*.deb")):
        run(["dpkg", "-x", str(package), str(folder / "root")])
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>'
        f"<dir>{folder}/root/usr/share/fonts</dir><dir>/usr/share/fonts</dir>"
        f"<cachedir>{folder}/fontcache</cachedir></fontconfig>\n"
    )
    # Some packages keep libraries for others in a folder of their own beside the rest.
    libraries = {file.parent for file in (folder / "root").rglob("*.so*") if "-linux-gnu" in str(file.parent)}
    start = (
        f'#!/bin/sh\nexport FONTCONFIG_FILE="{folder}/fonts.conf"\n'
        f'export LD_LIBRARY_PATH="{":".join(map(str, sorted(libraries)))}"\n'
    )
    programs = {"node": Path(playwright.__file__).parent / "driver" / "node"}
    programs["chromium"] = folder / "root" / "usr" / "lib" / "chromium" / "chromium"
    for name, program in programs.items():
        draft = folder / f"{name}.new"
        draft.write_text(f'{start}exec "{program}" "$@"\n')
        draft.chmod(0o755)
        run([str(draft), "--version"])
        draft.rename(folder / name)
    for downloads in ("state", "cache"):
        shutil.rmtree(folder / downloads)
    return unpacked(folder)


def fetch_playwrights(folder: Path) -> Path:
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(folder / "playwright")}
    dependencies = ["--with-deps"] if os.geteuid() == 0 else []
    run([sys.executable, "-m", "playwright", "install", *dependencies, "chromium"], environment)
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = environment["PLAYWRIGHT_BROWSERS_PATH"]
    with sync_playwright() as started:
        return Path(started.chromium.executable_path)


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Raises CalledProcessError with what it said, TimeoutExpired."""
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCHED_WITHIN_S, env=environment)
