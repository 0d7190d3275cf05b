"""Every event of a synthetic book is one that docs/feeds.md takes, and fits the book; the rules stand here again."""

import csv
import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from members.catalogue import FOLDER
from tests.members.synthetic_books import TODAY, day, written_book

FORMS = {
    "str": r"(?s).+",
    "money": r"\d+\.\d\d",
    "percent": r"\d+(\.\d+)?%",
    "date": r"\d{4}-\d\d-\d\d",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d",
    "masked_id": r"(?s).+",
    "masked_card": r"(?s).+",
}
POLICY_NO_MAY_BE_EMPTY = ("complaint.", "hotline.", "other.")


@pytest.fixture(params=[(300, 1), (300, 2), (3000, 5)], ids=str)
def book(request):
    return written_book(*request.param)


def declared():
    with (FOLDER / "events.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: dict(part.split(":") for part in row["variables"].split("|")) for row in csv.DictReader(file)
        }


def faults(event, variables):
    found, data = [], event["data"]
    if set(data) - {"customer_no"} != set(variables):
        found.append(f"declared {sorted(variables)}, has {sorted(data)}")
    for name, kind in variables.items():
        value = data[name]
        if name == "policy_no" and value == "" and event["type"].startswith(POLICY_NO_MAY_BE_EMPTY):
            continue
        form = r"\d+\.\d{4}" if name == "unit_price" else FORMS.get(kind, "")
        if type(value) is not int if kind == "int" else not re.fullmatch(form, value):
            found.append(f"{name}: {value!r} is not {kind}")
        if kind == "date":
            date.fromisoformat(value)
        if kind == "datetime":
            datetime.fromisoformat(value)
        if kind.startswith("masked") and re.search(r"\d{7}", value):
            found.append(f"{name}: {value!r} is not masked")
    return found


def test_every_event_declares_what_its_type_asks_for(book):
    types = declared()
    assert [(event, found) for event in book.events if (found := faults(event, types[event["type"]]))] == []


def test_the_envelope_is_cloudevents_1_0(book):
    for event in book.events:
        assert list(event) == ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"]
        assert (event["specversion"], event["datacontenttype"]) == ("1.0", "application/json")
        assert event["source"].startswith("/core/")
        assert len(json.dumps(event).encode()) < 65_536
    keys = Counter((event["source"], event["id"]) for event in book.events)
    assert max(keys.values()) == 1


def test_the_subject_is_the_policy_else_the_application_else_the_customer(book):
    for event in book.events:
        data = event["data"]
        if data.get("policy_no"):
            assert event["subject"] == data["policy_no"]
            assert data["policy_no"] in book.policy
        else:
            assert event["subject"] == data.get("application_no", data["customer_no"])
        assert data.get("customer_no", "C100000001") in book.customer


def test_all_152_types_occur_and_there_are_two_events_a_customer(book):
    assert {event["type"] for event in book.events} == set(declared())
    assert len(declared()) == 152
    assert len(book.events) == 2 * len(book.customers)


def test_common_things_are_common_and_grave_ones_rare():
    found = Counter(event["type"] for event in written_book(3000, 5).events)
    assert found["policy_admin.request_accepted"] > 300
    assert found["renewal.debit_success"] > 200
    assert found["renewal.premium_due_30d"] > 40
    assert found["policy_admin.rescinded_by_insurer"] < 10
    assert found["claims.paid"] > 4 * found["claims.declined"]


def test_times_are_of_the_last_days_and_in_order(book):
    times = [datetime.fromisoformat(event["time"]) for event in book.events]
    assert times == sorted(times)
    assert {time.utcoffset() for time in times} == {timedelta(hours=8)}
    assert {time.date() for time in times} == {TODAY - timedelta(days=back) for back in range(7)}


def of_policies(book):
    for event in book.events:
        if number := event["data"].get("policy_no"):
            yield event, event["data"], book.policy[number]


def test_names_are_those_of_people_in_the_policy(book):
    for event, data, policy in of_policies(book):
        people = {policy["policyholder_no"], *(person for person, _ in book.insureds(policy))}
        people |= {part.split(":")[0] for part in policy["beneficiaries"].split("|") if part}
        named = data.get("customer_no", policy["policyholder_no"])
        assert named in people, event
        assert data["customer_name"] == book.customer[named]["name"], event
        assert not book.customer[named]["guardian_no"]
        assert not book.customer[named]["deceased_on"]


def test_products_premiums_accounts_and_agents_are_those_of_the_policy(book):
    agents = {row["agent_no"]: row for row in book.agents}
    for event, data, policy in of_policies(book):
        if "product_name" in data:
            assert data["product_name"] == book.product[policy["product_code"]]["name_zh"]
        if "premium" in data and event["type"] != "renewal.rate_adjusted":
            assert data["premium"] == policy["premium"]
        if "account" in data and policy["premium_account"]:
            assert data["account"] == f"尾号{policy['premium_account'][-4:]}"
        if "agent_name" in data:
            assert (data["agent_name"], data["agent_mobile"]) == (
                agents[policy["agent_no"]]["name"],
                agents[policy["agent_no"]]["mobile"],
            )


def test_dates_and_sums_of_the_policy_are_told_as_they_are(book):
    checked = Counter()
    for event, data, policy in of_policies(book):
        code = event["type"]
        expected = {}
        if code in ("issuance.policy_effective", "issuance.insured_informed"):
            expected = {"effective_date": policy["effective_on"]}
        elif code in ("issuance.receipt_confirmed", "issuance.callback_overdue", "issuance.cooling_off_ending"):
            expected = {"cooling_end": policy["cooling_off_ends_on"]}
        elif code.startswith("renewal.grace") or code == "renewal.debit_failed":
            expected = {"grace_end": str(day(policy["paid_to_on"]) + timedelta(days=60))}
        elif code in ("renewal.lapsed", "loan.overloan_lapsed"):
            expected = {"lapse_date": policy["lapsed_on"]}
        elif code in ("loan.maturity_upcoming", "loan.disbursed", "loan.renewed"):
            expected = {"due_date": policy["loan_due_on"]}
        elif code == "loan.maturity_upcoming":
            expected = {"balance": policy["loan_balance"]}
        elif code == "renewal.debit_success":
            expected = {"paid_to_date": policy["paid_to_on"]}
        elif code.startswith("investment.") and "account_value" in data:
            expected = {"account_value": policy["account_value"]}
        for name, value in expected.items():
            assert data[name] == value, event
            checked[code] += 1
    assert len(checked) > 12


def test_statuses_suit_the_events(book):
    suits = {
        "renewal.lapsed": {"lapsed"},
        "renewal.debit_failed": {"grace"},
        "renewal.terminated_after_lapse": {"terminated"},
        "policy_admin.surrender_completed": {"surrendered"},
        "policy_admin.paid_up": {"paid_up"},
        "benefit_payout.maturity_paid": {"matured"},
        "claims.beneficiary_informed": {"claimed"},
        "renewal.premium_due_30d": {"in_force", "grace"},
        "policy_admin.request_accepted": {"in_force", "grace", "paid_up"},
    }
    for event, _, policy in of_policies(book):
        assert policy["status"] in suits.get(event["type"], {policy["status"]}), event


def test_loans_do_not_come_to_more_than_they_may(book):
    for event, data, policy in of_policies(book):
        if event["type"] == "loan.repaid":
            assert Decimal(data["amount"]) <= Decimal(data["balance"]) == Decimal(policy["loan_balance"])
