"""A provider that takes JSON batches over HTTP. Every fault is classified here, once."""

import math
import os
from collections.abc import Sequence
from functools import cache
from time import monotonic
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import NewConnectionError

from notifications.channels import TURN_S, Outgoing, Result, put_off
from notifications.models import Attempt

Outcome = Attempt.Outcome

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2.0, 10.0
#: Where a provider asks for a pause and does not say how long.
DEFAULT_RETRY_AFTER_S = 1.0
LONGEST_RETRY_AFTER_S = 300.0
#: Error codes of single messages that will not change their mind. Every other one may be tried again.
PERMANENT_CODES = frozenset({"number_rejected", "invalid_message"})
#: The whole batch was refused for its content: one message of it is the culprit.
REFUSED_CONTENT = frozenset({400, 413, 422})


@cache
def session_of(process_id: int) -> requests.Session:
    """Keep-alive connections of this process; a forked worker must not speak on its parent's."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=16, max_retries=0))
    session.mount("https://", HTTPAdapter(pool_maxsize=16, max_retries=0))
    return session


def call(method: str, path: str, **options: Any) -> requests.Response:
    """One request to the provider, signed in. Raises requests.RequestException."""
    return session_of(os.getpid()).request(
        method,
        settings.SANDBOX_URL + path,
        headers={"Authorization": f"Bearer {settings.SANDBOX_SECRET}"},
        timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
        allow_redirects=False,
        **options,
    )


class HttpProvider:
    """One service of the provider, e.g. `HttpProvider(name="sandbox-sms", service="sms")`."""

    batch_size = 500

    def __init__(self, *, name: str, service: str) -> None:
        self.name = name
        self.path = f"/{service}/messages"

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """One POST for the batch, or several when the provider refuses the content of some message in it.

        Halving ends with the turn: what it has not come to is for a later batch.
        """
        return self.send_until(monotonic() + TURN_S, batch)

    def send_until(self, ends: float, batch: Sequence[Outgoing]) -> list[Result]:
        keys = [message.key for message in batch]
        if monotonic() > ends:
            return [put_off(key) for key in keys]
        try:
            response = call("POST", self.path, json={"messages": [as_json(message) for message in batch]})
        except requests.RequestException as error:
            return same(keys, *classified(error))
        if response.status_code in REFUSED_CONTENT and len(batch) > 1:
            middle = len(batch) // 2
            return self.send_until(ends, batch[:middle]) + self.send_until(ends, batch[middle:])
        if response.status_code == 429:
            wait = retry_after_s(response)
            return same(keys, Outcome.THROTTLED, f"HTTP 429, retry after {wait:g} s", wait)
        if response.status_code in REFUSED_CONTENT:
            return same(keys, Outcome.PERMANENT, f"HTTP {response.status_code}")
        if response.status_code != 200:
            # 5xx is the provider's trouble, 401 and the like our configuration's: neither is the message's.
            return same(keys, Outcome.TEMPORARY, f"HTTP {response.status_code}")
        answers = answers_by_key(response)
        if answers is None:
            return same(keys, Outcome.UNCERTAIN, "unreadable answer")
        return [result_of(key, answers.get(key)) for key in keys]

    def look_up(self, keys: Sequence[str]) -> dict[str, Result]:
        """What became of these messages. Those that can't be looked up now are `uncertain`."""
        found: dict[str, Result] = {}
        for start in range(0, len(keys), self.batch_size):
            part = keys[start : start + self.batch_size]
            try:
                response = call("GET", self.path, params={"keys": ",".join(part)})
                answers = answers_by_key(response) if response.status_code == 200 else None
                detail = f"HTTP {response.status_code}"
            except requests.RequestException as error:
                answers, detail = None, classified(error)[1]
            if answers is None:
                found |= {result.key: result for result in same(part, Outcome.UNCERTAIN, f"look-up failed: {detail}")}
            else:
                found |= {key: result_of(key, answers[key]) for key in part if key in answers}
        return found


def as_json(message: Outgoing) -> dict[str, str]:
    return {"key": message.key, "to": message.address, "title": message.title, "text": message.body}


def same(keys: Sequence[str], outcome: Outcome, detail: str, wait: float | None = None) -> list[Result]:
    return [Result(key, outcome, detail=detail, retry_after_s=wait) for key in keys]


def classified(error: requests.RequestException) -> tuple[Outcome, str]:
    """Temporary only where nothing can have reached the provider; else nobody knows. Never the error's own text:
    it holds addresses.
    """
    if isinstance(error, requests.ConnectTimeout):
        return Outcome.TEMPORARY, "no connection in time"
    if isinstance(error, MissingSchema | InvalidSchema | InvalidURL):
        return Outcome.TEMPORARY, "no provider is set up"
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError):
        return Outcome.TEMPORARY, "connection refused"
    if isinstance(error, requests.Timeout):
        return Outcome.UNCERTAIN, "no answer in time"
    return Outcome.UNCERTAIN, "connection lost"


def answers_by_key(response: requests.Response) -> dict[str, dict[str, Any]] | None:
    """The answers of a 200, or None when it can't be read."""
    try:
        return {answer["key"]: answer for answer in response.json()["results"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def result_of(key: str, answer: dict[str, Any] | None) -> Result:
    """One message's answer; a missing or unknown one leaves the outcome open."""
    status = answer.get("status") if answer else None
    if answer and status == "accepted":
        return Result(key, Outcome.ACCEPTED, reference=storable(answer.get("reference", "")))
    if answer and status == "rejected":
        code = storable(answer.get("code", ""))
        return Result(key, Outcome.PERMANENT if code in PERMANENT_CODES else Outcome.TEMPORARY, detail=code)
    return Result(key, Outcome.UNCERTAIN, detail="no answer for this message")


def storable(value: object) -> str:
    """A provider's word as the database can keep it: one with U+0000 or half a character would cost the whole batch."""
    return str(value)[:100].encode(errors="replace").decode().replace("\x00", "?")


def retry_after_s(response: requests.Response) -> float:
    """Within bounds; the default where there is no number (a date, `nan`)."""
    try:
        seconds = float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        return DEFAULT_RETRY_AFTER_S
    return DEFAULT_RETRY_AFTER_S if math.isnan(seconds) else min(max(seconds, 0.1), LONGEST_RETRY_AFTER_S)
