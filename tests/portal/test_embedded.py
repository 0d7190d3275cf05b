"""The embedded servers, as real processes in folders of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal import embedded

USER = """
import sys
from portal import embedded
embedded.start_missing()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def use():
    """Starts a process that uses the servers of a folder until it is told to go."""
    users = []

    def start(folder: Path) -> subprocess.Popen[str]:
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        user = subprocess.Popen(
            [sys.executable, "-c", USER],
            cwd=embedded.ROOT,
            env=environment | {"BANYAN_VAR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        users.append(user)
        return user

    yield start
    for user in users:
        go(user)


def ready(user):
    assert user.stdout
    return user.stdout.readline().strip() == "ready"


def go(user):
    if user.stdin and not user.stdin.closed:
        user.stdin.close()
    return user.wait(30)


@pytest.fixture
def servers(tmp_path, monkeypatch):
    """(PostgreSQL, Redis) of a fresh folder."""
    monkeypatch.setenv("BANYAN_VAR", str(tmp_path / "var"))
    return embedded.postgres(), embedded.redis()


def answers(servers):
    return [server.answers() for server in servers]


def test_they_live_as_long_as_somebody_uses_them(use, servers, tmp_path):
    first = use(tmp_path / "var")
    assert ready(first)
    second = use(tmp_path / "var")
    assert ready(second)
    assert go(first) == 0
    assert answers(servers) == [True, True]
    assert go(second) == 0
    assert answers(servers) == [False, False]


def test_two_that_start_together_start_one_server(use, servers, tmp_path):
    together = [use(tmp_path / "var") for _ in range(3)]
    assert [ready(user) for user in together] == [True] * 3
    assert len((tmp_path / "var" / "secrets.env").read_text().splitlines()) == 4
    assert [go(user) for user in together] == [0] * 3
    assert answers(servers) == [False, False]


def test_a_user_that_is_killed_keeps_nobody_waiting(use, servers, tmp_path):
    killed = use(tmp_path / "var")
    assert ready(killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    assert answers(servers) == [True, True], "nobody was left to stop them"
    last = use(tmp_path / "var")
    assert ready(last)
    assert go(last) == 0
    assert answers(servers) == [False, False]


def test_a_server_that_crashed_comes_back_with_its_data(use, servers, tmp_path):
    first = use(tmp_path / "var")
    assert ready(first)
    postgres, _ = servers
    sql(postgres, "create table kept as select 42 as answer")
    pid = int((postgres.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not postgres.answers())
    go(first)
    # A new process may have got the old server's number by now.
    lines = (postgres.data / "postmaster.pid").read_text().splitlines()
    (postgres.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    second = use(tmp_path / "var")
    assert ready(second)
    assert sql(postgres, "select answer from kept") == "42"


@pytest.mark.parametrize("name", ["with blanks 榕树", "d" * 100])
def test_any_folder_will_do(use, tmp_path, name):
    user = use(tmp_path / name)
    assert ready(user)


def test_the_data_is_for_its_owner_only(use, servers, tmp_path):
    user = use(tmp_path / "var")
    assert ready(user)
    postgres, redis = servers
    for path in (postgres.data, postgres.sockets, redis.socket.parent):
        assert path.stat().st_mode & 0o077 == 0, path
    assert (tmp_path / "var" / "secrets.env").stat().st_mode & 0o077 == 0


def test_no_server_listens_on_the_network(use, servers, tmp_path):
    user = use(tmp_path / "var")
    assert ready(user)
    assert sql(servers[0], "show listen_addresses") == ""


def sql(postgres, statement):
    asked = subprocess.run(
        [postgres_programs() / "psql", "-h", postgres.sockets, "-U", "postgres", "-Atc", statement],
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


def postgres_programs():
    from portal.embedded_postgres import programs

    return programs()


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_port_that_is_taken_is_passed_over(capsys):
    from portal.demo.__main__ import free_port

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("the web server", port) > port
    assert f"port {port} is busy: the web server takes" in " ".join(capsys.readouterr().out.split())
