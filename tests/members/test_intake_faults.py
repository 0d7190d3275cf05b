"""Every fault of an event, with its code and pointer; none of them tells what was sent."""

import json

import pytest
from django.utils import translation

from members.catalogue import event_specs
from members.intake.envelope import check
from members.intake.faults import FaultCode
from members.intake.reading import LARGEST_EVENT, Sent
from tests.members.cloud_events import debit_failed, event

SECRET = "13812345678"

FAULTS = {
    "an array": ([SECRET], "not_an_event", ""),
    "a text": (SECRET, "not_an_event", ""),
    "no specversion": (debit_failed(specversion=None), "bad_specversion", "/specversion"),
    "specversion of yesterday": (debit_failed(specversion="0.3"), "bad_specversion", "/specversion"),
    "specversion as a number": (debit_failed(specversion=1.0), "bad_specversion", "/specversion"),
    "no id": (debit_failed(id=None), "bad_id", "/id"),
    "empty id": (debit_failed(id=""), "bad_id", "/id"),
    "endless id": (debit_failed(id="1" * 201), "bad_id", "/id"),
    "id with U+0000": (debit_failed(id="1\0"), "bad_id", "/id"),
    "id with half a character": (debit_failed(id="1\ud800"), "bad_id", "/id"),
    "id as a number": (debit_failed(id=1), "bad_id", "/id"),
    "no source": (debit_failed(source=None), "bad_source", "/source"),
    "source with a space": (debit_failed(source="/core policy"), "bad_source", "/source"),
    "endless source": (debit_failed(source="/" * 201), "bad_source", "/source"),
    "no type": (debit_failed(type=None), "unknown_type", "/type"),
    "unheard-of type": (debit_failed(type=f"renewal.{SECRET}"), "unknown_type", "/type"),
    "type as an object": (debit_failed(type={}), "unknown_type", "/type"),
    "the platform's own type": (debit_failed(type="points.earned"), "not_external", "/type"),
    "no time": (debit_failed(time=None), "bad_time", "/time"),
    "time without offset": (debit_failed(time="2026-11-20T10:15:00"), "bad_time", "/time"),
    "time without seconds": (debit_failed(time="2026-11-20T10:15+08:00"), "bad_time", "/time"),
    "time without a clock": (debit_failed(time="2026-11-20"), "bad_time", "/time"),
    "time of 30 February": (debit_failed(time="2026-02-30T10:15:00+08:00"), "bad_time", "/time"),
    "time before all time": (debit_failed(time="0001-01-01T00:00:00+14:00"), "bad_time", "/time"),
    "time as a number": (debit_failed(time=1795140900), "bad_time", "/time"),
    "XML": (debit_failed(datacontenttype="application/xml"), "bad_content_type", "/datacontenttype"),
    "data in base64": (debit_failed(data_base64="e30=") , "bad_data", "/data_base64"),
    "data as text": ({**debit_failed(), "data": SECRET}, "bad_data", "/data"),
    "no data": ({name: value for name, value in debit_failed().items() if name != "data"}, "bad_data", "/data"),
    "no subject": (debit_failed(subject=None), "bad_subject", "/subject"),
    "another policy as subject": (debit_failed(subject="P9"), "bad_subject", "/subject"),
    "a window of no platform": (event("hotline.window_open", subject="moon"), "bad_subject", "/subject"),
    "a call's number missing in subject": (event("hotline.call_queued", subject="K2"), "bad_subject", "/subject"),
    "variable missing": (debit_failed(data={"premium": None}), "missing_variable", "/data/premium"),
    "variable undeclared": (debit_failed(data={"mobile": SECRET}), "undeclared_variable", "/data/mobile"),
    "variable with an odd name": (debit_failed(data={"a/b~c": 1}), "undeclared_variable", "/data/a~1b~0c"),
    "variable with an endless name": (debit_failed(data={SECRET * 99: 1}), "undeclared_variable", "/data"),
    "variable with half a name": (debit_failed(data={"\ud800": 1}), "undeclared_variable", "/data"),
    "variable empty": (debit_failed(data={"reason": ""}), "empty_variable", "/data/reason"),
    "variable of spaces": (debit_failed(data={"reason": " "}), "empty_variable", "/data/reason"),
    "policy number empty": (debit_failed(data={"policy_no": ""}), "empty_variable", "/data/policy_no"),
    "policy number too long": (debit_failed(data={"policy_no": "P" * 21}), "bad_number", "/data/policy_no"),
    "application number too long": (
        event("underwriting.declined", data={"application_no": "A" * 101}), "bad_number", "/data/application_no",
    ),
    "customer number too long": (debit_failed(data={"customer_no": "C" * 21}), "bad_number", "/data/customer_no"),
    "customer number empty": (debit_failed(data={"customer_no": ""}), "empty_variable", "/data/customer_no"),
    "nobody named in an application": (
        event("underwriting.declined", data={"customer_no": None}), "missing_variable", "/data/customer_no",
    ),
    "nobody named in a code": (
        event("verification.otp", data={"customer_no": None}), "missing_variable", "/data/customer_no",
    ),
    "nobody named in a complaint": (
        event("complaint.received", data={"policy_no": ""}), "missing_variable", "/data/customer_no",
    ),
    "U+0000": (debit_failed(data={"reason": "a\0"}), "forbidden_character", "/data/reason"),
    "half a character": (debit_failed(data={"reason": "a\udc00"}), "forbidden_character", "/data/reason"),
    "text as a number": (debit_failed(data={"reason": 5}), "not_text", "/data/reason"),
    "text as an object": (debit_failed(data={"reason": {}}), "not_text", "/data/reason"),
    "money as a number": (debit_failed(data={"premium": 3200.0}), "not_money", "/data/premium"),
    "money with one decimal": (debit_failed(data={"premium": "3200.5"}), "not_money", "/data/premium"),
    "money with separators": (debit_failed(data={"premium": "3,200.00"}), "not_money", "/data/premium"),
    "negative money": (debit_failed(data={"premium": "-3200.00"}), "not_money", "/data/premium"),
    "money with its currency": (debit_failed(data={"premium": "¥3200.00"}), "not_money", "/data/premium"),
    "money in full-width digits": (debit_failed(data={"premium": "３２.００"}), "not_money", "/data/premium"),
    "endless money": (debit_failed(data={"premium": "9" * 17 + ".00"}), "not_money", "/data/premium"),
    "unit price with two decimals": (
        event("investment.fund_switched", data={"unit_price": "1.23"}), "not_money", "/data/unit_price",
    ),
    "date of 30 February": (debit_failed(data={"grace_end": "2027-02-30"}), "not_date", "/data/grace_end"),
    "date without hyphens": (debit_failed(data={"grace_end": "20270119"}), "not_date", "/data/grace_end"),
    "date as a week": (debit_failed(data={"grace_end": "2027-W03-2"}), "not_date", "/data/grace_end"),
    "date with a line end": (debit_failed(data={"grace_end": "2027-01-19\n"}), "not_date", "/data/grace_end"),
    "date and time without offset": (
        event("verification.advanced_passed", data={"event_time": "2026-11-20T10:15:00"}),
        "not_datetime", "/data/event_time",
    ),
    "int as a text": (event("issuance.receipt_pending", data={"days": "5"}), "not_int", "/data/days"),
    "int with a fraction": (event("issuance.receipt_pending", data={"days": 5.5}), "not_int", "/data/days"),
    "int as a truth": (event("issuance.receipt_pending", data={"days": True}), "not_int", "/data/days"),
    "endless int": (event("issuance.receipt_pending", data={"days": 10**20}), "not_int", "/data/days"),
    "percent as a number": (event("loan.renewed", data={"rate": 4.8}), "not_percent", "/data/rate"),
    "percent without its sign": (event("loan.renewed", data={"rate": "4.80"}), "not_percent", "/data/rate"),
    "a whole card number": (
        event("underwriting.declined", data={"account": "6222021234567890"}), "not_masked", "/data/account",
    ),
    "a whole card number in groups": (
        event("underwriting.declined", data={"account": "6222 0212 3456 7890"}), "not_masked", "/data/account",
    ),
    "seven digits of a mobile": (
        event("policy_admin.contact_changed", data={"new_mobile": "139****1234567"}), "not_masked", "/data/new_mobile",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_fault_has_its_code_and_pointer_and_does_not_repeat_what_was_sent(name):
    sent, code, pointer = FAULTS[name]
    fault = check(Sent(sent)).fault
    assert fault is not None
    assert (fault.code, fault.pointer) == (code, pointer)
    assert SECRET not in json.dumps(fault.as_json())


@pytest.mark.parametrize("code", [code for code, spec in event_specs().items() if spec.external])
def test_good_event_of_every_external_type_is_taken(code):
    checked = check(Sent(event(code)))
    assert checked.fault is None
    assert checked.content is not None


def test_all_152_types_and_the_external_platform_events_are_tried():
    taken = [spec for spec in event_specs().values() if spec.external]
    assert len([spec for spec in taken if not spec.platform]) == 152
    assert len([spec for spec in taken if spec.platform]) == 8


def test_event_of_64_kib_is_taken_and_one_byte_more_is_not():
    assert check(Sent(debit_failed(), LARGEST_EVENT)).fault is None
    fault = check(Sent(debit_failed(), LARGEST_EVENT + 1)).fault
    assert fault is not None
    assert (fault.code, fault.pointer) == ("event_too_large", "")


@pytest.mark.parametrize("code", ["complaint.received", "hotline.inquiry_answered", "other.counter_appointment"])
def test_where_the_policy_number_may_be_empty_the_customer_is_the_subject(code):
    content = check(Sent(event(code, data={"policy_no": "", "customer_no": "C1"}))).content
    assert content is not None
    assert (content.kind, content.subject, content.customer_no) == ("customer", "C1", "C1")


def test_subject_is_the_policy_even_where_a_claimant_is_named():
    content = check(Sent(debit_failed(data={"customer_no": "C7"}))).content
    assert content is not None
    assert (content.kind, content.subject, content.customer_no) == ("policy", "P2024000123", "C7")


def test_subject_of_an_application_is_its_number():
    content = check(Sent(event("underwriting.report_received"))).content
    assert content is not None
    assert (content.kind, content.subject, content.customer_no) == ("application", "A2024000123", "C100")


@pytest.mark.parametrize(
    "time", ["2026-11-20T10:15:00Z", "2026-11-20t10:15:00.123456789z", "2026-11-20T10:15:00-00:00"]
)
def test_time_may_be_written_in_every_way_of_rfc_3339(time):
    content = check(Sent(debit_failed(time=time))).content
    assert content is not None
    assert content.occurred_at.isoformat().startswith("2026-11-20T10:15:00")


def test_extension_attributes_are_ignored():
    assert check(Sent(debit_failed(traceparent="00-1-1-01"))).fault is None


def test_every_code_has_an_explanation_of_its_own_in_english():
    with translation.override("en"):
        details = [str(code.label) for code in FaultCode]
    assert len(set(details)) == len(details)
    assert all(detail.endswith(".") or '"' in detail for detail in details)


def test_the_table_of_faults_leaves_no_code_of_an_event_out():
    of_the_request = {"unreadable", "request_too_large", "unsupported_media_type", "unauthorized", "forbidden"}
    elsewhere = {"too_many_requests", "conflict", "event_too_large", "not_url"}
    assert {code for _, code, _ in FAULTS.values()} == set(FaultCode.values) - of_the_request - elsewhere
