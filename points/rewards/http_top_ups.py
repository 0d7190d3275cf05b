"""A provider of top-ups by HTTP: a vendor's service or an adapter before it, or the sandbox.

POST /topups {"reference", "provider", "mobile", "product"} and GET /topups/REFERENCE both answer 200 with {"status":
delivered | pending | refused | busy | unknown, "reference": the provider's number, "code": why}. `busy`: not taken;
`unknown`: never heard of. A reference that is known gets its first answer again, and nothing new happens.
"""

from typing import Any

import requests
from django.conf import settings

from members.http_calls import REFUSED_CONTENT, TURNED_AWAY, call, named, never_left, storable
from points.rewards.providers import Answer, Outcome

STATUSES = {
    "delivered": Outcome.DELIVERED,
    "pending": Outcome.PENDING,
    "refused": Outcome.REFUSED,
    "busy": Outcome.NOT_TAKEN,
    "unknown": Outcome.UNKNOWN,
}


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
        return call(method, settings.TOPUP_URL.rstrip("/") + path, secret=settings.TOPUP_SECRET, **options)


class SandboxTopUps(HttpTopUps):
    """The sandbox (points/sandbox): it speaks as a provider does, and tops nobody up."""

    simulated = True


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
