"""The platform's side of looking into the sandbox provider: what a phone received, and how its dials stand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from notifications.channels.http_provider import call

SERVICES = ("sms", "wechat")


class SandboxUnreachable(Exception):
    """No sandbox is set up, it does not run, or it answers with something else."""


@dataclass(frozen=True)
class Received:
    """A message as the phone has it."""

    id: int
    title: str
    text: str
    received_at: datetime


def received(service: str, to: str, limit: int = 50) -> list[Received]:
    """What this address got, newest first. Raises SandboxUnreachable."""
    answer = ask("GET", f"/{service}/messages", params={"to": to, "limit": limit})
    return [
        Received(m["id"], m["title"], m["text"], datetime.fromtimestamp(m["received_at"], UTC))
        for m in answer["messages"]
    ]


def dials() -> dict[str, dict[str, Any]]:
    """The dials of each service (notifications/sandbox/dials.py). Raises SandboxUnreachable."""
    return ask("GET", "/dials")


def turn_dials(service: str, changes: dict[str, Any]) -> None:
    """Sets some dials of one service, or of both when `service` is empty. Raises SandboxUnreachable."""
    ask("PUT", f"/{service}/dials" if service else "/dials", json=changes)


def ask(method: str, path: str, **options: Any) -> dict[str, Any]:
    try:
        response = call(method, path, **options)
        response.raise_for_status()
        return response.json()
    except (requests.RequestException, ValueError) as error:
        raise SandboxUnreachable from error
