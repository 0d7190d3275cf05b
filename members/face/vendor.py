"""The three seams by HTTP, for a vendor's service or an adapter before it. docs/face.md describes the calls.

Pictures travel as base64 in JSON, people in the body and never in an address.
"""

import base64
import json
import math
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as LateAnswer

from members.face.frames import MOST_BYTES, Frame
from members.face.protocol import Action
from members.face.seams import Liveness, NoUsablePhoto, Reason, ServiceRefused, ServiceUnavailable
from members.models import Customer

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2.0, 8.0
#: Worth trying again: the vendor's trouble, or too much at once.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
#: An answer longer than this is none: a photo of MOST_BYTES in base64 has room.
MOST_ANSWER_BYTES = 2 * MOST_BYTES


@cache
def session_of(process_id: int) -> requests.Session:
    """Keep-alive connections of this process; a forked worker must not speak on its parent's."""
    session = requests.Session()
    session.trust_env = False
    return session


def ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer's JSON object; {} for 404. Raises ServiceUnavailable, ServiceRefused."""
    try:
        with session_of(os.getpid()).post(
            settings.FACE_SERVICE_URL.rstrip("/") + path,
            json=body,
            headers={"Authorization": f"Bearer {settings.FACE_SERVICE_SECRET}"},
            timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code == 404:
                return {}
            if response.status_code in PASSING:
                raise ServiceUnavailable(f"HTTP {response.status_code}")
            if response.status_code != 200:
                raise ServiceRefused(f"HTTP {response.status_code}")
            content = response.raw.read(MOST_ANSWER_BYTES + 1, decode_content=True)
    except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL) as error:
        raise ServiceRefused("no face service is set up") from error
    except (requests.Timeout, LateAnswer) as error:
        raise ServiceUnavailable("no answer in time") from error
    except (requests.RequestException, HTTPError, OSError) as error:
        # The error's own text holds addresses.
        raise ServiceUnavailable("connection lost") from error
    return parsed(content)


def parsed(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_ANSWER_BYTES:
        raise ServiceRefused("answer too long")
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ServiceRefused("unreadable answer") from error
    if not isinstance(answer, dict):
        raise ServiceRefused("unreadable answer")
    return answer


def as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class HttpLiveness:
    """POST /liveness: {"windows": [[picture…]…], "challenge": [action…]} → {"live": true, "portraits": [[0, 1]…]}

    or {"live": false, "reason": …}, a reason of members.face.seams. Portraits: window and number of the frames that
    are best compared with a photo.
    """

    def check(self, windows: Sequence[Sequence[Frame]], challenge: Sequence[Action]) -> Liveness:
        answer = ask(
            "/liveness",
            {
                "windows": [[as_text(frame.data) for frame in frames] for frames in windows],
                "challenge": [str(action) for action in challenge],
            },
        )
        try:
            if answer["live"] is not True:
                return Liveness(Reason(answer["reason"]))
            portraits = [windows[window][number] for window, number in answer["portraits"] if min(window, number) >= 0]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ServiceRefused("unreadable answer") from error
        if not portraits:
            raise ServiceRefused("unreadable answer")
        return Liveness(None, portraits=portraits)


class HttpMatcher:
    """POST /compare: {"portraits": [picture…], "reference": picture} → {"distance": 0.31}, or
    {"usable": false} where the reference shows no single face. The distance is on the scale of the thresholds file.
    """

    def distance(self, portraits: Sequence[Frame], reference: Frame) -> float:
        answer = ask(
            "/compare",
            {"portraits": [as_text(frame.data) for frame in portraits], "reference": as_text(reference.data)},
        )
        if answer.get("usable") is False:
            raise NoUsablePhoto("not exactly one face")
        distance = answer.get("distance")
        if not isinstance(distance, int | float) or isinstance(distance, bool):
            raise ServiceRefused("unreadable answer")
        if not math.isfinite(distance) or distance < 0:
            raise ServiceRefused("unreadable answer")
        return float(distance)


class HttpPhotos:
    """POST /photo: {"customer_no", "name", "id_type", "id_no"} → {"photo": picture}, or 404."""

    simulated = False

    def photo_of(self, customer: Customer) -> bytes:
        answer = ask(
            "/photo",
            {
                "customer_no": customer.customer_no,
                "name": customer.name,
                "id_type": customer.id_type,
                "id_no": customer.id_no,
            },
        )
        if not answer:
            raise NoUsablePhoto("no reference photo")
        try:
            return base64.b64decode(answer["photo"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise ServiceRefused("unreadable answer") from error
