"""What members hear about their cases and reports, and what a case earns."""

from datetime import datetime, timedelta

import pytest
import time_machine

from benefits.actions.end_case import decline_case, finish_case
from benefits.actions.rate_case import rate_case
from benefits.actions.take_case import take_case
from benefits.actions.write_in_case import write_as_member, write_as_provider
from notifications.actions.load_catalogue import load_catalogue
from notifications.actions.tell_heard import tell_heard
from notifications.models import Message, PlatformEvent
from points.models import RulePayment
from tests.benefits.desk_cast import ask, case_provider, patient, worker_at
from tests.benefits.network import SHANGHAI
from tests.points.earning import load

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    """A Monday at ten, in March."""
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=SHANGHAI), tick=False) as traveller:
        load_catalogue()
        yield traveller


@pytest.fixture
def lee(clock):
    return worker_at(case_provider())


@pytest.fixture
def alice(lee):
    return patient()


def told(member) -> list[str]:
    tell_heard()
    return list(PlatformEvent.objects.filter(member=member).order_by("pk").values_list("code", flat=True))


def taken(member, worker):
    return take_case(case_id=ask(member, text="胸口痛").pk, worker=worker)


def test_she_hears_of_every_answer_and_of_none_of_her_own_words(alice, lee, clock):
    case = taken(alice, lee)
    assert told(alice) == []
    for number in range(2):
        clock.shift(timedelta(minutes=5))
        write_as_provider(case_id=case.pk, worker=lee, text="多久了？", key=f"p{number}")
        write_as_member(case_id=case.pk, member=alice, text="两天", key=f"m{number}")
        assert told(alice) == ["benefit.case_answered"] * (number + 1)


def test_nothing_of_what_is_written_leaves_the_house(alice, lee):
    case = taken(alice, lee)
    write_as_provider(case_id=case.pk, worker=lee, text="建议心内科", key="p")
    finish_case(case_id=case.pk, worker=lee)
    assert told(alice) == ["benefit.case_answered", "benefit.case_done"]
    bodies = "".join(Message.objects.filter(member=alice).values_list("body", flat=True))
    assert "电话医生" in bodies and "胸口" not in bodies and "心内" not in bodies


def test_declined_she_hears_that_her_quota_is_back(alice, lee):
    case = taken(alice, lee)
    for _ in range(2):
        decline_case(case_id=case.pk, worker=lee, because="不在服务范围", key="d")
    assert told(alice) == ["benefit.case_declined"]


def test_a_rating_earns_once_and_not_too_late(alice, lee, clock):
    load()
    first, second = taken(alice, lee), taken(alice, lee)
    for case in (first, second):
        finish_case(case_id=case.pk, worker=lee)
    for _ in range(2):
        rate_case(case_id=first.pk, member=alice, rating=5)
    clock.shift(timedelta(days=15))
    rate_case(case_id=second.pk, member=alice, rating=5)
    paid = RulePayment.objects.get(member=alice)
    assert (paid.rule.code, paid.points) == ("feedback.benefit", 20)
