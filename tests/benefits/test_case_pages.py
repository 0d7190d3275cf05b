"""What a member does with cases on the pages."""

from datetime import time

import pytest
import time_machine
from django.urls import reverse

from benefits.actions.end_case import finish_case
from benefits.actions.take_case import take_case
from benefits.actions.write_in_case import write_as_provider
from benefits.models import Allowance, Case
from tests.benefits.desk_cast import (
    ask,
    case_provider,
    customer_member,
    mother_of,
    patient,
    pdf,
    worker_at,
)
from tests.benefits.network import MONDAY, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture(autouse=True)
def clock(db):
    with time_machine.travel(at(MONDAY, 10), tick=False) as traveller:
        yield traveller


@pytest.fixture
def lee():
    return worker_at(case_provider("hospital_guidance", city="上海市"))


@pytest.fixture
def alice(client, lee):
    member = patient("hospital_guidance", family_quota=1, family_relations=["parent"])
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(member)
    return member


def shown(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def press(client, name, *args, **data):
    answer = client.post(reverse(name, args=args), data, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_works(client, alice, lee):
    mother = mother_of(alice)
    page = shown(client, "/me/cases/new/hospital_guidance")
    assert "上海市" in page and "李桂芳" in page and "You have 12 left" in page
    asked = {"text": "想看心内科", "key": "1", "city": "上海市", "guest": mother.pk}
    for _ in range(2):
        papers = [pdf(), pdf("b.pdf")]
        assert "We have it." in press(client, "case-ask", "hospital_guidance", **asked, documents=papers)
    case = Case.objects.get()
    assert (case.guest, case.city, case.documents.count()) == (mother, "上海市", 2)
    take_case(case_id=case.pk, worker=lee)
    write_as_provider(case_id=case.pk, worker=lee, text="哪天方便？", key="p", asks=True)
    page = shown(client, f"/me/cases/{case.pk}")
    assert "has a question" in page and "哪天方便？" in page
    assert "周三" in press(client, "case-write", case.pk, text="周三", key="2")
    finish_case(case_id=case.pk, worker=lee)
    assert "Thank you" in press(client, "case-rate", case.pk, rating="4", words="谢谢")
    assert "4 / 5" in shown(client, f"/me/cases/{case.pk}")
    assert "done" in shown(client, "/me/cases")


def test_calling_off_says_what_it_costs(client, alice, lee):
    free, late = ask(alice, "hospital_guidance"), ask(alice, "hospital_guidance")
    assert "Nobody has begun yet" in shown(client, f"/me/cases/{free.pk}")
    assert "you have the benefit back" in press(client, "case-cancel", free.pk)
    take_case(case_id=late.pk, worker=lee)
    assert "Somebody has begun already" in shown(client, f"/me/cases/{late.pk}")
    assert "so it counts as used" in press(client, "case-cancel", late.pk)


def test_refusals_are_told_where_they_are_met(client, alice):
    alice.customer.entitlements.update(quota=0)
    page = press(client, "case-ask", "hospital_guidance", text="想看心内科", key="1")
    assert "You have booked or used all of this service" in page
    assert "Please write what you need help with." in press(client, "case-ask", "hospital_guidance", key="1")


def test_a_covered_city_is_chosen(client, alice):
    asked = {"text": "想看心内科", "key": "1"}
    assert "anywhere" in shown(client, "/me/cases/new/hospital_guidance")
    Allowance.objects.update(in_covered_city=True)
    assert "anywhere" not in shown(client, "/me/cases/new/hospital_guidance")
    assert "Please choose a city." in press(client, "case-ask", "hospital_guidance", **asked)
    assert "We have it." in press(client, "case-ask", "hospital_guidance", **asked, city="上海市")


def test_terms_are_said_before(client, lee):
    case_provider("emergency_rescue")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(patient("emergency_rescue", by_hotline=True))
    assert "Please call us for this" in shown(client, "/me/cases/new/emergency_rescue")
    case_provider()
    client.force_login(patient(opens=time(8), closes=time(22), document_zh="病历", document_en="Medical record"))
    page = shown(client, "/me/cases/new/tele_doctor")
    assert "Open daily from 08:00 to 22:00" in page and "Medical record" in page
    assert "Please add it as a picture or PDF." in press(client, "case-ask", "tele_doctor", text="头痛", key="1")


def test_others_cases_are_not_there(client, alice):
    foreign = ask(patient("hospital_guidance"), "hospital_guidance")
    shown(client, f"/me/cases/{foreign.pk}", status=404)
    for name in ("write", "cancel", "rate"):
        assert client.post(f"/me/cases/{foreign.pk}/{name}", {"key": "1", "rating": 1}).status_code == 404
    shown(client, "/me/cases/new/no_such_service", status=404)
    client.force_login(customer_member())
    assert "Nothing yet" in shown(client, "/me/cases")
