"""A delivery of the policy book for tests: ordinary rows, in which a test changes what it is about."""

import csv
import io
from contextlib import redirect_stderr
from pathlib import Path

from django.core.management import call_command

AGENT = {
    "agent_no": "A1",
    "name": "李明",
    "mobile": "13900000001",
    "email": "liming@example.com",
    "branch": "上海分公司",
    "active": "true",
}
PRODUCT = {
    "product_code": "CI_LIFE",
    "name_zh": "康护终身重疾保险",
    "name_en": "Lifetime critical illness",
    "category": "critical_illness",
    "design_type": "traditional",
    "term": "long",
    "attached_services": "dental_cleaning",
}
CUSTOMER = {
    "customer_no": "C1",
    "kind": "individual",
    "name": "王小明",
    "name_en": "Wang Xiaoming",
    "gender": "male",
    "birth_date": "1980-05-17",
    "id_type": "resident_id",
    "id_no": "310115198005171239",
    "id_valid_to": "2036-01-01",
    "mobile": "138 1234-5678",
    "email": "wang@example.com",
    "province": "上海市",
    "city": "上海市",
    "district": "浦东新区",
    "address": "世纪大道100号",
    "postcode": "200120",
    "language": "zh-hans",
    "eletter_consent": "true",
    "guardian_no": "",
    "deceased_on": "",
    "updated_at": "2026-01-01T10:00:00+08:00",
}
POLICY = {
    "policy_no": "P1",
    "product_code": "CI_LIFE",
    "status": "in_force",
    "applied_on": "2024-03-01",
    "effective_on": "2024-03-10",
    "delivered_on": "2024-03-12",
    "receipt_signed_on": "2024-03-13",
    "callback_done_on": "",
    "cooling_off_ends_on": "2024-03-28",
    "waiting_period_ends_on": "",
    "guarantee_ends_on": "",
    "annuity_starts_on": "",
    "proof_of_life_due_on": "",
    "expires_on": "2074-03-10",
    "premium": "6800.50",
    "frequency": "annual",
    "premium_term_years": "20",
    "paid_to_on": "2027-03-10",
    "premium_holiday_until": "",
    "lapsed_on": "",
    "sum_assured": "300000",
    "cash_value": "1200.5",
    "account_value": "",
    "loan_balance": "",
    "loan_due_on": "",
    "premium_account": "6222021234567890128",
    "policyholder_no": "C1",
    "insureds": "C1:self|C2:child",
    "beneficiaries": "C2:33.34|C3:66.66%",
    "payer_no": "C1",
    "agent_no": "A1",
    "sales_channel": "agency",
    "updated_at": "2026-01-01T10:00:00+08:00",
}
DEFAULTS = {"agents": AGENT, "products": PRODUCT, "customers": CUSTOMER, "policies": POLICY}


class Book:
    """A folder with files of the policy book, and the answers of `manage.py import_policy_book`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.warnings = ""

    def write(self, name: str, *rows: dict, **options) -> None:
        """Rows override the ordinary one. `options` go to csv.DictWriter."""
        columns = options.pop("columns", None) or list(DEFAULTS[name])
        with (self.folder / f"{name}.csv").open("w", encoding=options.pop("encoding", "utf-8"), newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore", **options)
            writer.writeheader()
            writer.writerows(DEFAULTS[name] | row for row in rows)

    def write_bytes(self, name: str, content: bytes) -> None:
        (self.folder / f"{name}.csv").write_bytes(content)

    def write_family(self) -> None:
        """Everything that the ordinary policy refers to."""
        self.write("agents", {})
        self.write("products", {})
        self.write("customers", {}, person("C2"), person("C3"))

    def load(self) -> int:
        """Imports the folder and returns the exit status."""
        out, err = io.StringIO(), io.StringIO()
        try:
            with redirect_stderr(err):
                call_command("import_policy_book", str(self.folder), stdout=out, stderr=err)
        except SystemExit as end:
            status = end.code
        self.lines = out.getvalue().splitlines()
        self.warnings = err.getvalue()
        return int(status or 0)

    def counts(self, name: str) -> dict[str, int]:
        """What the line of a file says, without what is zero."""
        [line] = [line for line in self.lines if line.startswith(f"{name}.csv ")]
        pairs = dict(part.split("=") for part in line.split()[1:])
        return {outcome: int(number) for outcome, number in pairs.items() if number != "0"}

    def rejects_path(self, name: str) -> Path:
        return self.folder / f"{name}.csv.rejects.csv"

    def rejects(self, name: str) -> list[dict[str, str]]:
        with self.rejects_path(name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def faults(self, name: str) -> list[tuple[str, str, str]]:
        """(_line, _column, _error) of each rejected row."""
        return [(row["_line"], row["_column"], row["_error"]) for row in self.rejects(name)]


def person(customer_no: str, **changes: str) -> dict[str, str]:
    """A customer of whom little is known."""
    blank = dict.fromkeys(CUSTOMER, "")
    required = {"customer_no": customer_no, "kind": "individual", "name": "王芳", "updated_at": CUSTOMER["updated_at"]}
    return blank | required | changes
