"""Speaking with other people's services by HTTP, and what a failure means for what was asked."""

import os
from functools import cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import NewConnectionError

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2.0, 10.0
#: Turned away by the other side's own front door: nobody behind it has seen the request.
TURNED_AWAY = frozenset({401, 403, 404, 405, 429})
#: The content was refused, which trying again does not change.
REFUSED_CONTENT = frozenset({400, 413, 422})


@cache
def session_of(process_id: int) -> requests.Session:
    """Keep-alive connections of this process; a forked worker must not speak on its parent's."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=16, max_retries=0))
    return session


def call(method: str, url: str, *, secret: str, **options: Any) -> requests.Response:
    """With a timeout, and led nowhere else. Raises requests.RequestException."""
    return session_of(os.getpid()).request(
        method,
        url,
        headers={"Authorization": f"Bearer {secret}"},
        timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
        allow_redirects=False,
        **options,
    )


def never_left(error: requests.RequestException) -> bool:
    """Whether nothing can have reached the other side."""
    if isinstance(error, requests.ConnectTimeout | MissingSchema | InvalidSchema | InvalidURL):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def named(error: requests.RequestException) -> str:
    """Never the error's own text: it holds addresses."""
    if never_left(error):
        return "no connection"
    return "no answer in time" if isinstance(error, requests.Timeout) else "connection lost"


def storable(value: object) -> str:
    """The other side's word as the database can keep it: at most 100 characters."""
    return str(value or "")[:100].encode(errors="replace").decode().replace("\x00", "?")
