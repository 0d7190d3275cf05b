"""Waits until the platform answers, says where to look, and stays: honcho ends everything when one process ends."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from rich.markup import escape

from portal import celery_app, embedded
from portal.demo import marks
from portal.demo.console import console, step
from portal.demo.processes import WORKERS

WORD_AFTER_S = 60

WELCOME = """
[bold green]Banyan is ready.[/]

  Start here                  {url}/
  Anybody's phone, mailbox
  and letterbox               {url}/showcase/
  A member's pages            {url}/sign-in    as [bold]13900000001[/] (Chen Siyuan); the code arrives
                              on his phone in the showcase
  Staff pages                 {url}/admin/    log in: [bold]13800000000[/] / [bold]banyan-demo[/]
                              (13800000001 to 7: one for each role)
  A provider's desk           {url}/desk      log in: [bold]13800000009[/] / [bold]banyan-demo[/]

Let the insurer's core speak (README.md says what happens then):

{curl}

Ctrl-C stops everything and keeps the data; make demo RESET=1 starts over.
"""
CURL = """curl {url}/api/v1/events -H 'Authorization: Bearer banyan-demo-key-of-the-core' \\
  -H 'ce-specversion: 1.0' -H "ce-id: $(date +%s)" -H 'ce-source: /demo/terminal' -H "ce-time: $(date -Iseconds)" \\
  -H 'ce-type: policy_admin.beneficiary_changed' -H 'ce-subject: P20240310001' -H 'Content-Type: application/json' \\
  -d '{{"policy_no": "P20240310001", "customer_name": "陈思远", "effective_date": "2026-12-01"}}'"""


def main() -> None:
    url = os.environ["BASE_URL"]
    wait_for(lambda: not_ready(url))
    (embedded.var() / "run" / "served").touch()
    wait_for(sleeping_workers)
    if not marks.done("events", marks.database()):
        send_sample_events()
    console.print(WELCOME.format(url=url, curl=escape(CURL.format(url=url))), soft_wrap=True)
    signal.pause()


def wait_for(missing: Callable[[], list[str]]) -> None:
    """Until nothing is missing; says now and then what is."""
    asked_at = time.monotonic()
    while names := missing():
        if time.monotonic() - asked_at > WORD_AFTER_S:
            console.print(f"  … still waiting for {', '.join(names)}")
            asked_at = time.monotonic()
        time.sleep(0.1)


def send_sample_events() -> None:
    """Those of the synthetic book, as the core would deliver them in a file."""
    file = embedded.var() / "events.jsonl"
    with step("sample policy events"):
        command = [sys.executable, "manage.py", "ingest_events", str(file)]
        said = subprocess.run(command, cwd=embedded.ROOT, capture_output=True, text=True, check=False)
    if said.returncode:
        console.print(f"Some sample events were not taken: {escape(said.stdout + said.stderr[-500:])}")
    marks.mark("events", marks.database())


def not_ready(url: str) -> list[str]:
    """What /readyz misses; nothing when the platform is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310
            return []
    except urllib.error.HTTPError as answer:
        return list(json.loads(answer.read()).get("missing", ["an answer"]))
    except OSError:
        return ["the web server"]


def sleeping_workers() -> list[str]:
    awake = {name.partition("@")[0] for answer in (celery_app.control.ping(timeout=0.5) or []) for name in answer}
    return sorted(set(WORKERS) - awake)


if __name__ == "__main__":
    main()
