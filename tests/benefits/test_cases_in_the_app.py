"""Cases in the app: asked for with documents, talked about, called off, rated; and reports of visits."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from benefits.actions.end_case import finish_case
from benefits.actions.keep_document import keep_report
from benefits.actions.take_case import take_case
from benefits.actions.write_in_case import write_as_provider
from benefits.models import Allowance, BenefitDocument, Case, DocumentOpening
from tests.benefits.desk_cast import a_visit, ask, case_provider, customer_member, mother_of, patient, pdf, worker_at
from tests.benefits.network import MONDAY, at, make_offer
from tests.factories import MemberFactory
from tests.portal.test_member_api import App

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]
GUIDE = "hospital_guidance"


class SendingApp(App):
    """An app that sends forms with files, under a key."""

    def send(self, path, *, key="k1", **fields):
        headers = {"X-Session-Token": self.token, "Accept-Language": "en"} | ({"Idempotency-Key": key} if key else {})
        answer = self.http.post(f"/api/v1/{path}", fields, headers=headers)
        self.status, self.headers = answer.status_code, answer.headers
        return answer.json()

    def ask(self, **other):
        return self.send("me/cases", **{"service": GUIDE, "text": "想看心内科"} | other)

    def fetch(self, path):
        answer = self.http.get(f"/api/v1/{path}", headers={"X-Session-Token": self.token})
        self.status, self.headers = answer.status_code, answer.headers
        return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(at(MONDAY, 10), tick=False) as traveller:
        yield traveller


@pytest.fixture
def lee():
    return worker_at(case_provider(GUIDE, city="上海市"))


@pytest.fixture
def alice(lee):
    return patient(GUIDE, family_quota=1, family_relations=["parent"])


@pytest.fixture
def app(alice):
    return SendingApp(alice)


def test_it_works(app, alice, lee, clock):
    before = app("GET", f"me/benefits/cases/{GUIDE}")
    assert (before["left"], before["cities"], before["family"], before["document"]) == (12, ["上海市"], ["parent"], "")
    assert before["city_needed"] is False
    mother, paper = mother_of(alice), pdf("病历.pdf")
    made = app.ask(city="上海市", guest_id=mother.pk, documents=[paper])
    case = Case.objects.get()
    assert (app.status, made["id"], made["state"], made["guest"]) == (201, case.pk, "asked", "李桂芳")
    words, sent = made["said"]
    assert (words["text"], words["document"], sent["document"]["name"]) == ("想看心内科", None, "病历.pdf")
    assert app("GET", f"me/cases/{case.pk}") == made
    assert app("GET", "me/cases") == {
        "cases": [{name: value for name, value in made.items() if name != "said"}],
        "next_page": None,
    }
    clock.shift(timedelta(minutes=1))
    take_case(case_id=case.pk, worker=lee)
    write_as_provider(case_id=case.pk, worker=lee, text="哪天方便？", key="p", asks=True)
    asked = app("GET", f"me/cases/{case.pk}")
    assert (asked["state"], asked["said"][-1]["by"]) == ("members_turn", "provider")
    assert asked["counts_when_cancelled"]
    assert "has a question" in asked["why"]
    answered = app.send(f"me/cases/{case.pk}/messages", text="周三", key="k2", documents=[pdf("b.pdf"), pdf("c.pdf")])
    assert (app.status, answered["state"], len(answered["said"])) == (201, "taken", 6)
    finish_case(case_id=case.pk, worker=lee)
    assert app("GET", f"me/cases/{case.pk}")["may_rate"]
    rated = app("POST", f"me/cases/{case.pk}/rating", rating=4, words="谢谢")
    assert (rated["rating"], rated["may_rate"], rated["may_write"]) == (4, False, False)


def test_a_document_is_handed_out_recorded_and_kept_nowhere(app, alice):
    content = pdf().read()
    (_words, sent) = app.ask(documents=[SimpleUploadedFile("a.pdf", content)])["said"]
    assert sent["document"]["kind"] == "application/pdf" and sent["document"]["size"] == len(content)
    path = f"me/documents/{sent['document']['id']}"
    assert app.fetch(path) == content
    assert app.headers["Content-Type"] == "application/pdf" and "no-store" in app.headers["Cache-Control"]
    opening = DocumentOpening.objects.get()
    assert (opening.by, opening.entrance) == (alice, "app")


def test_the_same_key_is_one_case_and_for_something_else_a_conflict(app):
    assert app.ask() == app.ask()
    assert (app.ask(text="别的")["error"]["code"], app.status) == ("request_conflict", 409)
    case = Case.objects.get()
    for _ in range(2):
        app.send(f"me/cases/{case.pk}/messages", text="周三", key="k2")
    assert case.messages.count() == 2
    assert app.send(f"me/cases/{case.pk}/messages", text="周四", key="k2")["error"]["code"] == "request_conflict"


def test_called_off_it_is_free_or_counts(app, alice, lee):
    free, begun = ask(alice, GUIDE), ask(alice, GUIDE)
    assert app("POST", f"me/cases/{free.pk}/cancellation")["state"] == "cancelled"
    take_case(case_id=begun.pk, worker=lee)
    assert app("POST", f"me/cases/{begun.pk}/cancellation")["state"] == "cancelled_late"
    assert app.send(f"me/cases/{free.pk}/messages", text="还在吗")["error"]["code"] == "case_ended"
    assert app("POST", f"me/cases/{free.pk}/rating", rating=5)["error"]["code"] == "not_done"


@pytest.mark.parametrize(
    ("wrong", "code", "pointer"),
    [
        ({"text": " "}, "nothing_written", "/text"),
        ({"text": "长" * 4001}, "too_long", "/text"),
        ({"documents": [SimpleUploadedFile("a.pdf", b"nothing")]}, "not_a_document", "/documents"),
        ({"guest_id": 999_999}, "guest_not_listed", "/guest_id"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(app, wrong, code, pointer):
    error = app.ask(**wrong)["error"]
    assert (app.status, error["code"], error["pointer"]) == (422, code, pointer)
    assert error["detail"] and not Case.objects.exists() and not BenefitDocument.objects.exists()


@pytest.mark.parametrize("wrong", [{"guest_id": "me"}, {"text": "a\0b"}, {"key": ""}, {"key": "k" * 101}])
def test_what_is_no_request_is_refused(app, wrong):
    app.ask(**wrong)
    assert app.status == 422 and not Case.objects.exists()


def test_a_document_that_is_needed(lee):
    app = SendingApp(patient(GUIDE, document_zh="病历", document_en="Medical record"))
    assert app("GET", f"me/benefits/cases/{GUIDE}")["document"] == "Medical record"
    error = app.ask()["error"]
    assert (app.status, error["code"], error["pointer"]) == (422, "document_needed", "/documents")


def test_a_covered_city_is_needed(app):
    Allowance.objects.update(in_covered_city=True)
    assert app("GET", f"me/benefits/cases/{GUIDE}")["city_needed"]
    error = app.ask()["error"]
    assert (app.status, error["code"], error["pointer"]) == (422, "city_not_covered", "/city")


def test_what_the_terms_and_the_quota_refuse(app, alice, lee):
    alice.customer.entitlements.update(quota=0)
    assert (app.ask()["error"]["code"], app.status) == ("quota_used_up", 409)
    case_provider("emergency_rescue")
    caller = SendingApp(patient("emergency_rescue", by_hotline=True))
    assert caller("GET", "me/benefits/cases/emergency_rescue")["by_hotline"]
    assert caller.ask(service="emergency_rescue")["error"]["code"] == "opened_by_hotline"
    assert caller("GET", f"me/benefits/cases/{GUIDE}")["error"]["code"] == "not_entitled"
    assert (caller.ask(service="nothing")["error"]["code"], caller.status) == ("no_such_service", 404)
    stranger = SendingApp(MemberFactory(agrees=True))
    assert (stranger.ask()["error"]["code"], stranger.status) == ("not_a_customer", 403)
    assert stranger("GET", "me/cases") == {"cases": [], "next_page": None}


def test_somebody_elses_is_not_found(app):
    other = ask(patient(GUIDE), GUIDE, files=[pdf()])
    for method, path, body in (("GET", "", {}), ("POST", "/cancellation", {}), ("POST", "/rating", {"rating": 5})):
        assert app(method, f"me/cases/{other.pk}{path}", **body)["error"]["code"] == "no_such_case"
        assert app.status == 404
    assert app.send(f"me/cases/{other.pk}/messages", text="你好")["error"]["code"] == "no_such_case"
    app.fetch(f"me/documents/{BenefitDocument.objects.get().pk}")
    assert app.status == 404 and not DocumentOpening.objects.exists()
    other.refresh_from_db()
    assert (other.state, other.messages.count()) == ("asked", 1)


def test_reports_of_a_visit_are_the_members(client, lee):
    dentist = make_offer()
    bob, worker = customer_member("赵子龙"), worker_at(dentist.site.provider, "前台小张")
    visit = a_visit(dentist, at(MONDAY, 9), member=bob, state="completed")
    page = f"/me/benefits/bookings/{visit.pk}"
    client.force_login(bob)
    assert "/me/documents/" not in client.get(page).content.decode()
    keep_report(booking_id=visit.pk, worker=worker, file=pdf("洁牙报告.pdf"))
    report = BenefitDocument.objects.get()
    app = SendingApp(bob)
    (told,) = app("GET", f"me/bookings/{visit.pk}/documents")
    assert (told["id"], told["name"]) == (report.pk, "洁牙报告.pdf")
    assert app.fetch(f"me/documents/{report.pk}")
    shown = client.get(page).content.decode()
    assert "洁牙报告.pdf" in shown and f"/me/documents/{report.pk}" in shown
    stranger = SendingApp(customer_member())
    assert stranger("GET", f"me/bookings/{visit.pk}/documents")["error"]["code"] == "no_such_booking"


def test_twenty_at_a_time_without_a_query_for_each(app, alice, django_assert_max_num_queries):
    alice.customer.entitlements.update(quota=30)
    for number in range(21):
        ask(alice, GUIDE, key=f"{number}")
    with django_assert_max_num_queries(12):
        first = app("GET", "me/cases")
    assert (len(first["cases"]), first["next_page"]) == (20, 2)
    assert [each["id"] for each in app("GET", "me/cases?page=2")["cases"]] == [Case.objects.earliest("pk").pk]
