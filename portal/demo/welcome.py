"""Waits until the platform answers, says where to look, and stays: honcho ends everything when one process ends."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from portal import embedded
from portal.demo import marks
from portal.demo.console import console


def main() -> None:
    url = os.environ["BASE_URL"]
    began = time.monotonic()
    while missing := not_ready(url):
        if time.monotonic() - began > 60:
            console.print(f"Still waiting for {', '.join(missing)} at {url}/readyz …")
            began = time.monotonic()
        time.sleep(0.1)
    if not marks.done("samples", marks.database()):
        subprocess.run([sys.executable, "-m", "portal.demo.samples"], check=True)
        marks.mark("samples", marks.database())
    console.print((embedded.var() / "welcome.txt").read_text())
    signal.pause()


def not_ready(url: str) -> list[str]:
    """What /readyz misses; nothing when the platform is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310
            return []
    except urllib.error.HTTPError as answer:
        return list(json.loads(answer.read())["missing"])
    except OSError:
        return ["the web server"]


if __name__ == "__main__":
    main()
