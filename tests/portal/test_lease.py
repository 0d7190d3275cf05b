"""Starting a shared server: whoever comes at the same moment finds it started, once."""

from threading import Barrier, Lock, Thread

import pytest

from portal import lease
from portal.lease import Lease

USERS = 4


def test_those_who_all_find_nobody_there_start_one_server_and_none_waits_for_another_to_leave(tmp_path):
    together, counted = Barrier(USERS), Lock()
    running, starts = tmp_path / "running", []

    class Server:
        asked = False

        def answers(self):
            if not self.asked:
                self.asked = True
                together.wait(10)
                return False
            return running.exists()

        def start(self):
            with counted:
                starts.append(self)
            running.touch()

    servers = [Server() for _ in range(USERS)]
    leases = [Lease(tmp_path / "lock", server.answers, server.start, running.unlink) for server in servers]
    users = [Thread(target=lease.join, daemon=True) for lease in leases]
    for user in users:
        user.start()
    for user in users:
        user.join(20)
    assert not any(user.is_alive() for user in users)
    assert len(starts) == 1
    for held in leases:
        held.leave()
    assert not running.exists()


def test_a_server_in_use_that_answers_nobody_is_said_to(tmp_path, monkeypatch):
    monkeypatch.setattr(lease, "PATIENCE_S", 0.2)
    first = Lease(tmp_path / "lock", lambda: True, lambda: None, lambda: None)
    first.join()
    second = Lease(tmp_path / "lock", lambda: False, pytest.fail, lambda: None)
    with pytest.raises(TimeoutError, match="does not answer"):
        second.join()
    first.leave()
