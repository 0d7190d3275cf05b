"""Starts everything, servers included, and stops it again at Ctrl-C."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys

import honcho.manager
from honcho.compat import ProcessManager
from honcho.manager import Manager

from portal import embedded
from portal.demo import marks
from portal.demo.console import Lines, console, step
from portal.demo.processes import commands

#: What RESET leaves alone: it holds none of the demo's data.
KEPT = {"browser", "test", "demo.lock"}
#: A worker that is in the middle of a task gets this long to finish it.
honcho.manager.KILL_WAIT = 20
#: Honcho's answers to Ctrl-C and to a plain kill.
STOPPED_BY_SOMEBODY = {130, 143}


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    with (embedded.var() / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("The demo is running in this folder already; stop it first (Ctrl-C in its terminal).")
            return 1
        try:
            return run()
        except KeyboardInterrupt:
            return 0
        finally:
            # `make` passes Ctrl-C on a second time; what follows is the orderly end.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            console.print("Stopping.")


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def run() -> int:
    if os.environ.get("RESET"):
        start_over()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")
    with step("PostgreSQL and Redis"):
        embedded.start_missing()
    fingerprint = marks.fingerprint()
    if not marks.done("prepared", fingerprint):
        prepared = subprocess.run([sys.executable, "-m", "portal.demo.prepare"], cwd=embedded.ROOT, check=False)
        if prepared.returncode:
            return prepared.returncode
        marks.mark("prepared", fingerprint)
    return supervise()


def start_over() -> None:
    """Forgets everything that the demo ever wrote."""
    for server in (embedded.postgres(), embedded.redis()):
        if server.answers():
            server.stop()
    for path in embedded.var().iterdir():
        if path.name not in KEPT:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def supervise() -> int:
    """Runs the processes until one ends or somebody stops them. 0 when it was somebody."""
    web = free_port("the web server", int(os.environ.get("PORT") or 8000))
    sandbox = free_port("the sandbox provider", 8001, web)
    mail = free_port("the mail server", 8025, web, sandbox)
    topups = free_port("the provider of top-ups", 8002, web, sandbox, mail)
    visits = free_port("providers' booking systems", 8003, web, sandbox, mail, topups)
    # Not the address: browsers make passkeys for names only.
    base = f"http://localhost:{web}"
    os.environ |= {
        "BASE_URL": base,
        "SANDBOX_URL": f"http://127.0.0.1:{sandbox}",
        "SANDBOX_RECEIPTS_URL": f"{base}/api/v1/receipts/sandbox",
        "TOPUP_URL": f"http://127.0.0.1:{topups}",
        "VISIT_SYSTEM_URL": f"http://127.0.0.1:{visits}",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail),
        "BANYAN_VAR": str(embedded.var()),
    }
    served = embedded.var() / "run" / "served"
    served.unlink(missing_ok=True)
    manager = Supervisor(Lines(lifted="welcome"))
    ports = {"web": web, "sandbox": sandbox, "mail": mail, "topups": topups, "visits": visits}
    lines = commands(**{f"{name}_port": port for name, port in ports.items()}, sign=served)
    for name, command in lines.items():
        manager.add_process(name, command, cwd=embedded.ROOT)
    console.print(f"  … starting at {base}")
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    manager.loop()
    if manager.returncode in STOPPED_BY_SOMEBODY:
        return 0
    console.print("[red]A process of the demo ended by itself; what it said stands above.[/]")
    return manager.returncode or 1


class OneByOne(ProcessManager):
    def terminate(self, pid: int) -> None:
        """Tells the process and not its group: a worker tells its own children, once they have finished a task."""
        os.kill(pid, signal.SIGTERM)


class Supervisor(Manager):
    """Honcho's, which stumbles over a Ctrl-C that comes before all processes have started."""

    asked_too_early = False

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self._procmgr = OneByOne()

    def terminate(self) -> None:
        self._printer.silent = True
        if self._all_started():
            super().terminate()
        else:
            self.asked_too_early = True

    def _any_stopped(self) -> bool:
        return self.asked_too_early or bool(super()._any_stopped())


def free_port(what: str, wanted: int, *taken: int) -> int:
    """`wanted` or, with a word about it, the next one that nobody listens on."""
    for port in range(wanted, 65536):
        if port not in taken and is_free(port):
            if port != wanted:
                console.print(f"  [yellow]![/] port {wanted} is busy: {what} takes {port}")
            return port
    raise SystemExit(f"No free port for {what} from {wanted} on.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
