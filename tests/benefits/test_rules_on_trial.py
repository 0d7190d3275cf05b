"""What a rule would have paid for visits, cases and ratings is what it pays for them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from benefits.actions.end_case import finish_case
from benefits.actions.keep_visit import check_in, complete_visit
from benefits.actions.rate_case import rate_case
from benefits.actions.rate_visit import rate_visit
from benefits.actions.take_case import take_case
from benefits.models import Booking, Case
from members.roles import Role
from points.actions.draft_rule_change import draft_rule_change
from points.actions.simulate_rule import run_simulation, start_simulation
from points.models import RulePayment, RuleSimulation
from tests.benefits.desk_cast import ask, case_provider, patient, worker_at
from tests.benefits.network import MONDAY, at
from tests.benefits.visitors import book, visitor
from tests.members.accounts import staff
from tests.points.earning import points_of, rule, terms

RULES = {
    "benefit.used": {"points": 5},
    "benefit.feedback_given": {
        "points": 20,
        "conditions": [
            {"field": "event.benefit_used", "is": True},
            {"field": "event.days_since_use", "at_most": 14},
        ],
    },
}


@pytest.fixture
def guest(dentist, monday_morning):
    """Had a visit, and said how it was."""
    member = visitor()
    booking = book(member, dentist)
    monday_morning.move_to(at(MONDAY, 10), tick=False)
    check_in(code=booking.code, provider=dentist.site.provider)
    complete_visit(booking_id=booking.pk)
    monday_morning.shift(timedelta(days=14))
    rate_visit(booking_id=booking.pk, rating=4)
    return member


@pytest.fixture
def asker(monday_morning):
    """Asked for help twice, and said how it was, once of the two too late."""
    lee = worker_at(case_provider())
    member = patient()
    for days in (1, 15):
        case = take_case(case_id=ask(member, text="胸口痛").pk, worker=lee)
        finish_case(case_id=case.pk, worker=lee)
        monday_morning.shift(timedelta(days=days))
        rate_case(case_id=case.pk, member=member, rating=5)
    return member


def simulated(**other):
    editor = staff(Role.MARKETING_EDITOR)
    change = draft_rule_change(terms=terms(code="test.on_trial", **other), reason="试算", by=editor)
    simulation = start_simulation(change_id=change.pk, days=90, by=editor)
    # By the clock of the test, which is not the database's.
    RuleSimulation.objects.filter(pk=simulation.pk).update(asked_at=timezone.now() + timedelta(seconds=1))
    run_simulation(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    return simulation.result


@pytest.mark.parametrize(
    ("trigger", "paid", "whys"),
    [("benefit.used", 15, {}), ("benefit.feedback_given", 40, {"conditions": 1})],
)
def test_it_says_exactly_what_is_paid(request, dentist, trigger, paid, whys):
    about = {"trigger": trigger} | RULES[trigger]
    rule(**about)
    guest, asker = (request.getfixturevalue(name) for name in ("guest", "asker"))
    assert points_of(guest) + points_of(asker) == paid
    result = simulated(**about)
    assert (result["events"], result["points"], result["members"], result["whys"]) == (3, paid, 2, whys)
    by_day = {}
    for payment in RulePayment.objects.all():
        by_day[str(payment.earned_on)] = by_day.get(str(payment.earned_on), 0) + payment.total
    assert result["by_day"] == by_day


def test_a_rating_has_its_moment_and_a_moment_its_rating(guest, asker):
    for model in (Booking, Case):
        for change in ({"rating": None}, {"rated_at": None}):
            with pytest.raises(IntegrityError, match="benefits_rating_of"), transaction.atomic():
                model.objects.update(**change)
