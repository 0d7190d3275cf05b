from datetime import date

import pytest

from members.actions.accept_events import accept_events
from members.actions.announce_calendar_events import announce_calendar_events
from members.models import PolicyEvent, PolicyRole
from tests.factories import CustomerFactory, PolicyFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 31)
EXPIRES = date(2026, 4, 30)
QUIET = {"effective_on": date(2024, 6, 15), "paid_to_on": None}


@pytest.fixture
def wang():
    return CustomerFactory(name="王小明", id_type="resident_id", id_no="310105198005171234", id_valid_to=EXPIRES)


def insure(person, policy):
    PolicyRole.objects.create(policy=policy, customer=person, role="insured", relation="spouse")


def test_a_person_is_told_once_whatever_policies_they_have(wang):
    insured_by_another = PolicyFactory(**QUIET, policyholder=CustomerFactory())
    insure(wang, insured_by_another)
    own = PolicyFactory(**QUIET, policyholder=wang)
    PolicyFactory(**{**QUIET, "effective_on": date(2025, 6, 15)}, policyholder=wang)
    announce_calendar_events(day=DAY)
    event = PolicyEvent.objects.get()
    assert event.data == {
        "policy_no": own.policy_no,
        "customer_no": wang.customer_no,
        "customer_name": "王小明",
        "id_no": "310***********1234",
        "expiry_date": "2026-04-30",
    }
    assert (event.type, event.subject, event.customer_no) == (
        "policy_admin.id_expiring",
        own.policy_no,
        wang.customer_no,
    )


def test_an_insured_person_without_a_policy_of_their_own_is_told(wang):
    policy = PolicyFactory(**QUIET, policyholder=CustomerFactory())
    insure(wang, policy)
    announce_calendar_events(day=DAY)
    assert PolicyEvent.objects.get().data["customer_no"] == wang.customer_no


def test_a_couple_whose_documents_expire_together_are_both_told(wang):
    wife = CustomerFactory(name="李小红", id_no="310105198105171234", id_valid_to=EXPIRES)
    policy = PolicyFactory(**QUIET, policyholder=wang)
    insure(wife, policy)
    announce_calendar_events(day=DAY)
    told = PolicyEvent.objects.filter(state="published").order_by("id")
    assert [event.customer_no for event in told] == [wang.customer_no, wife.customer_no]


@pytest.mark.parametrize(
    ("whose", "state"), [({}, "already_announced"), ({"customer_no": "C-other"}, "published")], ids=["unnamed", "named"]
)
@pytest.mark.parametrize("core_is_first", [True, False])
def test_a_document_that_the_core_names_nobody_for_may_be_anybodys(wang, whose, state, core_is_first):
    policy = PolicyFactory(**QUIET, policyholder=wang)
    core = {
        "specversion": "1.0",
        "id": "core-1",
        "source": "/core",
        "type": "policy_admin.id_expiring",
        "subject": policy.policy_no,
        "time": "2026-03-31T10:00:00+08:00",
        "data": {
            "policy_no": policy.policy_no,
            "customer_name": "王小明",
            "id_no": "310***********1234",
            "expiry_date": "2026-04-30",
            **whose,
        },
    }
    sources = [lambda: accept_events(raw=[core]), lambda: announce_calendar_events(day=DAY)]
    for source in sources if core_is_first else reversed(sources):
        source()
    assert [event.state for event in PolicyEvent.objects.order_by("id")] == ["published", state]


@pytest.mark.parametrize("day", [date(2026, 3, 30), date(2026, 4, 1)])
def test_nobody_is_told_a_day_off(wang, day):
    PolicyFactory(**QUIET, policyholder=wang)
    announce_calendar_events(day=day)
    assert not PolicyEvent.objects.exists()


def test_nobody_is_told_without_a_live_policy(wang):
    PolicyFactory(**QUIET, status="surrendered", policyholder=wang)
    beneficiary_only = PolicyFactory(**QUIET, policyholder=CustomerFactory())
    PolicyRole.objects.create(policy=beneficiary_only, customer=wang, role="beneficiary", share=100)
    announce_calendar_events(day=DAY)
    assert not PolicyEvent.objects.exists()


def test_the_dead_are_not_told(wang):
    PolicyFactory(**QUIET, policyholder=wang)
    wang.deceased_on = date(2026, 1, 1)
    wang.save()
    announce_calendar_events(day=DAY)
    assert not PolicyEvent.objects.exists()


@pytest.mark.parametrize(
    ("id_no", "masked"),
    [("", "****"), ("E12345678", "E1*****78"), ("H123", "H**3"), ("310105198005171234", "310***********1234")],
)
def test_no_more_than_half_of_a_document_number_is_shown(wang, id_no, masked):
    wang.id_no = id_no
    wang.save()
    PolicyFactory(**QUIET, policyholder=wang)
    announce_calendar_events(day=DAY)
    assert PolicyEvent.objects.get().data["id_no"] == masked
