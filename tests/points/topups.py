"""A real process of the sandbox of top-ups, for tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests

SECRET = "a secret between provider and platform"


class TopUpProcess:
    """`python -m points.sandbox.provider` on a free port, its file below `folder`."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, 0
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {SECRET}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "points.sandbox.provider", "--seed", "7"),
                *("--port", str(self.port), "--folder", str(self.folder)),
            ],
            env={**os.environ, "TOPUP_SECRET": SECRET},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip().rpartition(" ")[2]
        self.port = int(self.url.rpartition(":")[2])

    def stop(self, sign=signal.SIGTERM):
        """The exit status, and what was said after the first line."""
        self.process.send_signal(sign)
        output, errors = self.process.communicate(timeout=10)
        return self.process.returncode, output + errors

    def turn(self, **dials):
        response = self.http.put(self.url + "/dials", json=dials)
        assert response.status_code == 200, response.text

    def order(self, reference="r1", **other):
        body = {"reference": reference, "provider": "telecom_topup", "mobile": "+8613800000001", "product": "PHONE-10"}
        return self.http.post(self.url + "/topups", json=body | other, timeout=5)

    def of(self, mobile):
        """What this phone was topped up with, newest first."""
        return self.http.get(self.url + "/topups", params={"mobile": mobile}).json()["topups"]

    def stats(self):
        return self.http.get(self.url + "/stats").json()
