"""A provider of top-ups by HTTP: a vendor's service or an adapter before it, or the sandbox.

POST /topups {"reference", "provider", "mobile", "product"} and GET /topups/REFERENCE both answer 200 with {"status":
delivered | pending | refused | busy | unknown, "reference": the provider's number, "code": why}. `busy`: not taken;
`unknown`: never heard of. A reference that is known gets its first answer again, and nothing new happens.
"""

import os
from functools import cache
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import NewConnectionError

from points.rewards.providers import Answer, Outcome

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2.0, 10.0
#: An order that the provider's own front door turned away: nobody behind it has seen it.
TURNED_AWAY = frozenset({401, 403, 404, 405, 429})
#: Its content was refused, which trying again does not change.
REFUSED_CONTENT = frozenset({400, 413, 422})
STATUSES = {
    "delivered": Outcome.DELIVERED,
    "pending": Outcome.PENDING,
    "refused": Outcome.REFUSED,
    "busy": Outcome.NOT_TAKEN,
    "unknown": Outcome.UNKNOWN,
}


@cache
def session_of(process_id: int) -> requests.Session:
    """Keep-alive connections of this process; a forked worker must not speak on its parent's."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=16, max_retries=0))
    return session


class HttpTopUps:
    """A real provider at TOPUP_URL."""

    simulated = False

    def order(self, *, reference: str, provider: str, mobile: str, product: str) -> Answer:
        body = {"reference": reference, "provider": provider, "mobile": mobile, "product": product}
        try:
            response = self.call("POST", "/topups", json=body)
        except requests.RequestException as error:
            outcome = Outcome.NOT_TAKEN if never_left(error) else Outcome.UNCERTAIN
            return Answer(outcome, code=named(error))
        if response.status_code in TURNED_AWAY:
            return Answer(Outcome.NOT_TAKEN, code=f"HTTP {response.status_code}")
        if response.status_code in REFUSED_CONTENT:
            return Answer(Outcome.REFUSED, code=f"HTTP {response.status_code}")
        answer = read(response)
        # It answers an order; that it had never heard of it makes no sense.
        return answer if answer.outcome is not Outcome.UNKNOWN else Answer(Outcome.UNCERTAIN, code="unreadable answer")

    def status(self, reference: str) -> Answer:
        try:
            answer = read(self.call("GET", f"/topups/{reference}"))
        except requests.RequestException as error:
            return Answer(Outcome.UNCERTAIN, code=named(error))
        # "Busy" says nothing of the order itself.
        return answer if answer.outcome is not Outcome.NOT_TAKEN else Answer(Outcome.UNCERTAIN, code=answer.code)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return session_of(os.getpid()).request(
            method,
            settings.TOPUP_URL.rstrip("/") + path,
            headers={"Authorization": f"Bearer {settings.TOPUP_SECRET}"},
            timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            allow_redirects=False,
            **options,
        )


class SandboxTopUps(HttpTopUps):
    """The sandbox (points/sandbox): it speaks as a provider does, and tops nobody up."""

    simulated = True


def never_left(error: requests.RequestException) -> bool:
    """Whether nothing can have reached the provider."""
    if isinstance(error, requests.ConnectTimeout | MissingSchema | InvalidSchema | InvalidURL):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def named(error: requests.RequestException) -> str:
    """Never the error's own text: it holds addresses."""
    if never_left(error):
        return "no connection"
    return "no answer in time" if isinstance(error, requests.Timeout) else "connection lost"


def read(response: requests.Response) -> Answer:
    """An answer that can't be read, or a provider in trouble, leaves everything open."""
    if response.status_code != 200:
        return Answer(Outcome.UNCERTAIN, code=f"HTTP {response.status_code}")
    try:
        content = response.json()
        outcome = STATUSES[content["status"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Answer(Outcome.UNCERTAIN, code="unreadable answer")
    return Answer(outcome, storable(content.get("reference")), storable(content.get("code")))


def storable(value: object) -> str:
    """A provider's word as the database can keep it."""
    return str(value or "")[:100].encode(errors="replace").decode().replace("\x00", "?")
