"""Providers' booking systems by HTTP: an adapter before them, or the sandbox.

PUT /bookings/REFERENCE {"version", "state": booked | cancelled, "number", "provider"} and, where it is booked, "site",
"service", "starts_at" and "ends_at" (ISO 8601, Shanghai's), answers 200 with {"status": taken | pending | refused |
busy, "reference": the system's number, "code": why}. A version that is known, or older than the last one, changes
nothing; it is answered alike.
"""

import requests
from django.conf import settings
from django.utils import timezone

from benefits.provider_systems import Answer, Outcome, Told
from members.http_calls import REFUSED_CONTENT, call, named, storable

STATUSES = {
    "taken": Outcome.TAKEN,
    "refused": Outcome.REFUSED,
    "pending": Outcome.OPEN,
    "busy": Outcome.OPEN,
}


class HttpVisits:
    """A real system at VISIT_SYSTEM_URL."""

    simulated = False

    def tell(self, told: Told) -> Answer:
        body = {
            "version": told.version,
            "state": "booked" if told.visit else "cancelled",
            "number": told.number,
            "provider": told.provider_no,
        }
        if told.visit:
            body |= {
                "site": told.visit.site_no,
                "service": told.visit.service,
                "starts_at": timezone.localtime(told.visit.starts_at).isoformat(),
                "ends_at": timezone.localtime(told.visit.ends_at).isoformat(),
            }
        url = f"{settings.VISIT_SYSTEM_URL.rstrip('/')}/bookings/{told.reference}"
        try:
            response = call("PUT", url, secret=settings.VISIT_SYSTEM_SECRET, json=body)
        except requests.RequestException as error:
            return Answer(Outcome.OPEN, code=named(error))
        return read(response)


class SandboxVisits(HttpVisits):
    """The sandbox (benefits/sandbox): it speaks as a system does, and no provider hears of it."""

    simulated = True


def read(response: requests.Response) -> Answer:
    """An answer that can't be read, or a system in trouble, leaves everything open."""
    if response.status_code != 200:
        outcome = Outcome.REFUSED if response.status_code in REFUSED_CONTENT else Outcome.OPEN
        return Answer(outcome, code=f"HTTP {response.status_code}")
    try:
        content = response.json()
        outcome = STATUSES[content["status"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Answer(Outcome.OPEN, code="unreadable answer")
    return Answer(outcome, storable(content.get("reference")), storable(content.get("code")))
