"""A real process of the sandbox of providers' booking systems, for tests."""

from benefits.models import SystemBooking
from tests.sandbox import StandInProcess


class VisitProcess(StandInProcess):
    module, secret_in = "benefits.sandbox.provider", "VISIT_SYSTEM_SECRET"

    def tell(self, reference="r1", **other):
        body = {"version": 1, "state": "booked", "site": "S1", "starts_at": "2027-03-08T10:00:00+08:00"} | other
        return self.http.put(f"{self.url}/bookings/{reference}", json=body, timeout=5)

    def of(self, noted: SystemBooking):
        """Version, state and start of the booking as the system has it; None where it never heard of it."""
        answer = self.http.get(f"{self.url}/bookings/{noted.reference}")
        if answer.status_code == 404:
            return None
        kept = answer.json()
        return kept["version"], kept["state"], kept["starts_at"]

    def stats(self):
        return self.http.get(self.url + "/stats").json()
