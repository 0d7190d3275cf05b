"""The catalogue is a contract: its counts, its codes, and that everything it refers to is there."""

import csv
import re
from collections import Counter

import pytest

from members.catalogue import DURATION, FOLDER, rows

COUNTS = {
    "events": 152,
    "platform_events": 47,
    "services": 83,
    "platforms": 15,
    "commitments": 25,
    "earning_rules": 24,
    "rewards": 17,
    "tags": 40,
    "tiers": 4,
}
KEYS = {"rewards": "sku", "variables": "name"} | dict.fromkeys({*COUNTS, "products"} - {"rewards"}, "code")
#: (file, column) → what may stand there; a cell may hold several, with | between them.
ALLOWED = {
    ("events", "recipients"): "policyholder insured beneficiary agent payer",
    ("events", "channels"): "sms wechat app eletter letter",
    ("events", "mandatory"): "yes no",
    ("events", "letter_required"): "yes no",
    ("events", "priority"): "critical high normal low",
    ("events", "quiet_hours"): "respect ignore",
    ("events", "day_count"): "calendar working",
    (
        "events",
        "area",
    ): "sales underwriting issuance renewal policy_admin claims benefit_payout investment loan complaint"
    " hotline verification other",
    ("services", "kind"): "transaction query consultation complaint",
    ("services", "self_service"): "yes no",
    ("services", "required_level"): "registered verified advanced",
    ("services", "risk"): "low medium high",
    ("services", "day_count"): "calendar working",
    ("platforms", "kind"): "counter phone digital agent partner",
    ("commitments", "metric"): "duration percent",
    ("commitments", "area"): "sales underwriting claims policy_admin hotline complaint",
    ("earning_rules", "points_source"): "fixed service commitment",
    ("rewards", "kind"): "phone_credit e_card video_membership health festival donation",
    ("rewards", "fulfilment"): "voucher_pool provider_api donation",
    ("rewards", "required_level"): "registered verified advanced",
    ("rewards", "limit_period"): "day month year lifetime",
    ("tags", "refresh"): "realtime daily weekly monthly",
}
INPUT_TYPES = (
    "str text enum bool list date datetime money int percent mobile email address id_no bank_card policy_ref claim_ref"
    " request_ref complaint_ref"
)
#: What stands for a value in an English text whose example is Chinese.
ENGLISH = {
    "str": "XXXXXXXXXX",
    "date": "2026-03-31",
    "datetime": "3/12 10:00",
    "money": "12,345.67",
    "masked_card": "*6688",
}
STATES = {"submitted", "accepted", "awaiting_customer", "processing", "completed", "rejected", "withdrawn"}
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def cells(text):
    return [part for part in text.split("|") if part]


def codes(name):
    return {row[KEYS[name]] for row in rows(name)}


def declared(event):
    return dict(pair.split(":") for pair in cells(event["variables"]))


@pytest.fixture(scope="module")
def events():
    return rows("events")


@pytest.fixture(scope="module")
def services():
    return rows("services")


@pytest.mark.parametrize(("name", "number"), COUNTS.items())
def test_count(name, number):
    assert len(rows(name)) == number


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_has_all_columns(path):
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert [line for line in lines if len(line) != len(header)] == []


@pytest.mark.parametrize("name", sorted(KEYS))
def test_no_key_stands_twice(name):
    assert [key for key, times in Counter(row[KEYS[name]] for row in rows(name)).items() if times > 1] == []


@pytest.mark.parametrize("name", ["events", "services", "tags"])
@pytest.mark.parametrize("column", ["name_zh", "name_en"])
def test_no_name_stands_twice(name, column):
    assert [text for text, times in Counter(row[column] for row in rows(name)).items() if times > 1] == []


@pytest.mark.parametrize(("place", "allowed"), ALLOWED.items(), ids=lambda value: str(value)[:40])
def test_cells_hold_what_they_may(place, allowed):
    name, column = place
    for row in rows(name):
        values = cells(row[column])
        assert values, row
        assert set(values) <= set(allowed.split()), row
        assert len(set(values)) == len(values), row


def test_platform_events_are_other_events():
    assert codes("events") & codes("platform_events") == set()


def test_events_are_complete(events):
    for event in events:
        assert re.fullmatch(rf"{event['area']}\.[a-z0-9_]+", event["code"])
        assert all(event[column].strip() for column in ("name_zh", "name_en", "trigger", "basis")), event["code"]
        assert DURATION.match(event["deadline"]), event["code"]
        assert bool(event["schedule_anchor"]) == bool(event["schedule_offset"]), event["code"]
        assert not event["schedule_offset"] or DURATION.match(event["schedule_offset"]), event["code"]
        if event["letter_required"] == "yes":
            assert {"letter", "eletter"} <= set(cells(event["channels"])), event["code"]
        if event["priority"] == "critical":
            assert event["mandatory"] == "yes", event["code"]


def test_no_two_events_say_the_same(events):
    for column in ("trigger", "sample_zh_sms", "sample_en_sms"):
        assert [text for text, times in Counter(event[column] for event in events).items() if times > 1] == []


def test_events_declare_known_variables_of_the_right_type(events):
    known = {row["name"]: row["type"] for row in rows("variables")}
    for event in events:
        variables = declared(event)
        assert len(variables) == len(cells(event["variables"])), event["code"]
        assert {name: known.get(name) for name in variables} == variables, event["code"]


def test_events_name_a_policy_where_their_area_has_one(events):
    for event in events:
        if event["area"] in {"renewal", "policy_admin", "claims", "benefit_payout", "investment", "loan"}:
            assert "policy_no" in declared(event), event["code"]
        elif event["area"] not in {"complaint", "verification", "other"}:
            assert {"policy_no", "application_no"} & set(declared(event)), event["code"]


def test_samples_name_declared_variables_only(events):
    for event in events:
        for column in ("sample_zh_sms", "sample_en_sms"):
            named = PLACEHOLDER.findall(event[column])
            assert set(named) <= set(declared(event)), event["code"]
            assert len(named) == event[column].count("{{") == event[column].count("}}"), event["code"]


def test_samples_fit_one_sms(events):
    example = {row["name"]: row["example_zh"] for row in rows("variables")}
    for event in events:
        types = declared(event)
        chinese = PLACEHOLDER.sub(lambda match: example[match[1]], event["sample_zh_sms"])
        english = PLACEHOLDER.sub(
            lambda match, types=types: example[match[1]] if example[match[1]].isascii() else ENGLISH[types[match[1]]],
            event["sample_en_sms"],
        )
        assert len(chinese) <= 70, event["code"]
        assert not chinese.startswith("【"), event["code"]
        assert len(re.findall(r"[\u4e00-\u9fff]", event["sample_zh_sms"])) >= 15, event["code"]
        assert len(english) <= 160 and english.isascii(), event["code"]


def test_services_ask_for_a_level_that_fits_their_risk(services):
    for service in services:
        assert service["code"].split(".")[0] == service["area"]
        assert service["risk_reason"] and DURATION.match(service["sla"]), service["code"]
        if service["risk"] == "high":
            assert service["required_level"] == "advanced", service["code"]
        if service["risk"] == "low":
            assert service["required_level"] != "advanced", service["code"]


def test_services_declare_typed_inputs(services):
    for service in services:
        inputs = [re.fullmatch(r"([a-z0-9_]+):([a-z_]+)!?", text) for text in cells(service["inputs"])]
        assert inputs and all(inputs), service["code"]
        names = [match[1] for match in inputs if match]
        assert len(set(names)) == len(names), service["code"]
        assert {match[2] for match in inputs if match} <= set(INPUT_TYPES.split()), service["code"]


def test_services_raise_known_events(services):
    for service in services:
        assert set(cells(service["events"])) <= codes("events"), service["code"]
        if service["kind"] in {"transaction", "complaint"}:
            assert cells(service["events"]), service["code"]


def test_self_service_means_an_online_platform(services):
    for service in services:
        platforms = set(cells(service["platforms"]))
        assert platforms <= codes("platforms"), service["code"]
        online = bool(platforms & {"wechat", "app", "website", "kiosk"})
        assert online == (service["self_service"] == "yes"), service["code"]
        assert service["earn_points"].isdigit()
        assert online or service["earn_points"] == "0", service["code"]
    assert {platform for service in services for platform in cells(service["platforms"])} == codes("platforms")


def test_commitments_measure_between_known_points():
    services = codes("services") | {"new_business"}
    events = codes("events") | codes("platform_events")
    for row in rows("commitments"):
        if row["metric"] == "duration":
            assert DURATION.match(row["target"]) and row["day_count"] in {"calendar", "working"}, row["code"]
        else:
            assert re.fullmatch(r"\d+(\.\d+)?%", row["target"]), row["code"]
        assert row["compensation_points"].isdigit()
        for point in (row["measured_from"], row["measured_to"]):
            kind, _, what = point.partition(":")
            if kind == "event":
                assert what in events, row["code"]
                continue
            patterns, _, state = what.rpartition(":")
            assert kind == "service" and state in STATES, row["code"]
            for pattern in patterns.split("|"):
                prefix = pattern.removesuffix("*")
                assert pattern in services or (
                    pattern.endswith(".*") and any(code.startswith(prefix) for code in services)
                ), row["code"]


def test_benefits_come_from_a_tier_or_a_product():
    attached = {row["code"]: set(cells(row["attached_services"])) for row in rows("products")}
    given: dict[str, set[str]] = {code: set() for code in attached}
    benefits = rows("benefits")
    for row in benefits:
        kind, _, code = row["source"].partition(":")
        assert row["quota_per_year"] == "unlimited" or row["quota_per_year"].isdigit()
        assert DURATION.match(row["booking_lead_time"])
        if kind == "tier":
            assert code in codes("tiers") and row["tier"] == code
        else:
            assert kind == "product" and row["tier"] == ""
            given[code].add(row["service_code"])
    assert given == attached
    assert len({(row["service_code"], row["source"]) for row in benefits}) == len(benefits)


def test_a_higher_tier_never_gets_less():
    rank = {row["code"]: int(row["rank"]) for row in rows("tiers")}
    quotas: dict[str, list[tuple[int, float]]] = {}
    for row in rows("benefits"):
        if row["tier"]:
            quota = float("inf") if row["quota_per_year"] == "unlimited" else int(row["quota_per_year"])
            quotas.setdefault(row["service_code"], []).append((rank[row["tier"]], quota))
    for service, given in quotas.items():
        by_rank = [quota for _, quota in sorted(given)]
        assert by_rank == sorted(by_rank), service
    assert min(place for place, _ in quotas["medical_access"]) == rank["platinum"]


def test_earning_rules_have_a_cap_and_a_known_trigger():
    known = codes("events") | codes("platform_events")
    for row in rows("earning_rules"):
        caps = [row[column] for column in ("cap_day", "cap_month", "cap_year", "cap_lifetime") if row[column]]
        assert row["trigger_event"] in known, row["code"]
        assert caps and all(cap.isdigit() for cap in caps), row["code"]
        assert row["points"].isdigit() == (row["points_source"] == "fixed"), row["code"]
        if row["points"].isdigit():
            assert all(int(cap) >= int(row["points"]) for cap in caps), row["code"]


def test_rewards_cost_something_and_are_limited():
    for row in rows("rewards"):
        assert int(row["cost_points"]) > 0 and int(row["limit_count"]) > 0, row["sku"]


def test_platforms_and_tags_are_described():
    assert all(row["hours"] for row in rows("platforms"))
    assert all(row["definition"] and row["group"] for row in rows("tags"))
