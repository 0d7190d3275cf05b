"""A delivery of the network for tests: ordinary rows, in which a test changes what it is about."""

import csv
import io
from contextlib import redirect_stderr
from pathlib import Path

from django.core.management import call_command

DEFAULTS = {
    "providers": {
        "provider_no": "PV1",
        "name_zh": "申悦口腔",
        "name_en": "Shenyue Dental",
        "kind": "dental_clinic",
        "since": "2025-01-01",
        "active": "true",
        "has_system": "false",
    },
    "sites": {
        "site_no": "S1",
        "provider_no": "PV1",
        "name_zh": "申悦口腔人民广场门诊",
        "name_en": "Shenyue People's Square",
        "province": "上海市",
        "city": "上海市",
        "district": "黄浦区",
        "address": "南京东路1号",
        "phone": "021-60000000",
        "latitude": "31.2304",
        "longitude": "121.4737",
        "active": "true",
        "since": "",
        "closed_on": "",
    },
    "opening_hours": {"site_no": "S1", "weekday": "1", "hours": "09:00-12:00|13:00-17:00"},
    "site_services": {
        "site_no": "S1",
        "service_code": "dental_cleaning",
        "slot_minutes": "60",
        "capacity": "2",
        "offered": "true",
    },
    "blackout_days": {"site_no": "S1", "day": "2027-03-08", "reason": "停电检修", "closed": "true"},
    "contracts": {"contract_no": "HT1", "provider_no": "PV1", "starts_on": "2027-01-01", "ends_on": "2027-12-31"},
    "contract_prices": {"contract_no": "HT1", "service_code": "dental_cleaning", "price": "180.00"},
}


class Delivery:
    """A folder with files of the network, and the answers of `manage.py import_providers`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []

    def write(self, name: str, *rows: dict) -> None:
        """Rows override the ordinary one."""
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(DEFAULTS[name]))
            writer.writeheader()
            writer.writerows(DEFAULTS[name] | row for row in rows or ({},))

    def write_all(self) -> None:
        for name in DEFAULTS:
            self.write(name)

    def load(self) -> int:
        """Imports the folder and returns the exit status."""
        out, err = io.StringIO(), io.StringIO()
        status = 0
        try:
            with redirect_stderr(err):
                call_command("import_providers", str(self.folder), stdout=out, stderr=err)
        except SystemExit as end:
            status = int(end.code or 0)
        self.lines = out.getvalue().splitlines()
        for name in DEFAULTS:
            (self.folder / f"{name}.csv").unlink(missing_ok=True)
        return status

    def counts(self, name: str) -> dict[str, int]:
        """What the line of a file says, without what is zero."""
        [line] = [line for line in self.lines if line.startswith(f"{name}.csv ")]
        pairs = dict(part.split("=") for part in line.split()[1:])
        return {outcome: int(number) for outcome, number in pairs.items() if number != "0"}

    def faults(self, name: str) -> list[tuple[str, str, str]]:
        """(_line, _column, _error) of each rejected row."""
        with (self.folder / f"{name}.csv.rejects.csv").open(encoding="utf-8", newline="") as file:
            return [(row["_line"], row["_column"], row["_error"]) for row in csv.DictReader(file)]
