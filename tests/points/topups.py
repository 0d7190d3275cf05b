"""A real process of the sandbox of top-ups, for tests."""

from tests.sandbox import StandInProcess


class TopUpProcess(StandInProcess):
    module, secret_in = "points.sandbox.provider", "TOPUP_SECRET"

    def order(self, reference="r1", **other):
        body = {"reference": reference, "provider": "telecom_topup", "mobile": "+8613800000001", "product": "PHONE-10"}
        return self.http.post(self.url + "/topups", json=body | other, timeout=5)

    def of(self, mobile):
        """What this phone was topped up with, newest first."""
        return self.http.get(self.url + "/topups", params={"mobile": mobile}).json()["topups"]

    def stats(self):
        return self.http.get(self.url + "/stats").json()
