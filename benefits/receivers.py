"""What benefits does about its own facts, and about what the packages below tell by signal."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from benefits.actions.confirm_booking import note_for_system
from benefits.actions.recheck_tiers import mark_customers
from benefits.events import (
    CaseDone,
    CaseRated,
    VisitBooked,
    VisitCancelled,
    VisitCompleted,
    VisitDeclined,
    VisitMoved,
    VisitRated,
    case_done,
    case_rated,
    visit_booked,
    visit_cancelled,
    visit_completed,
    visit_declined,
    visit_moved,
    visit_rated,
)
from benefits.kept_facts import of_cases, of_rated_cases, of_rated_visits, of_visits
from benefits.models import Booking, Case, WaitingPlace
from benefits.own_data import leave_record
from benefits.tasks import nudge_confirmation, nudge_recheck, nudge_waiting_lists
from members.events import AccountsMerged, PoliciesMirrored, accounts_merged, policies_mirrored
from members.models import Member
from points.actions.tell_earning_fact import earn
from points.earning.facts import EarningFact


@receiver(policies_mirrored)
def mark_for_assessment(fact: PoliciesMirrored, **_: Any) -> None:
    mark_customers(policy_ids=fact.policy_ids, former_ids=fact.former_holder_ids)
    transaction.on_commit(nudge_recheck)


@receiver(visit_booked)
@receiver(visit_moved)
@receiver(visit_cancelled)
def tell_the_providers_system(fact: VisitBooked | VisitMoved | VisitCancelled, **_: Any) -> None:
    if isinstance(fact, VisitBooked) and not fact.has_system:
        return
    for noted_id in note_for_system(booking_id=fact.booking_id):
        transaction.on_commit(partial(nudge_confirmation, noted_id))


@receiver(visit_completed)
def earn_for_the_visit(fact: VisitCompleted, **_: Any) -> None:
    tell(of_visits(Booking.objects.filter(pk=fact.booking_id)))


@receiver(case_done)
def earn_for_the_case(fact: CaseDone, **_: Any) -> None:
    tell(of_cases(Case.objects.filter(pk=fact.case_id)))


@receiver(visit_rated)
def earn_for_the_rating_of_a_visit(fact: VisitRated, **_: Any) -> None:
    tell(of_rated_visits(Booking.objects.filter(pk=fact.booking_id)))


@receiver(case_rated)
def earn_for_the_rating_of_a_case(fact: CaseRated, **_: Any) -> None:
    tell(of_rated_cases(Case.objects.filter(pk=fact.case_id)))


def tell(facts: Iterable[EarningFact]) -> None:
    for fact in facts:
        earn(
            trigger=fact.trigger,
            cause=fact.cause,
            member_id=fact.member_id,
            occurred_at=fact.occurred_at,
            fields=fact.fields,
        )


@receiver(visit_cancelled)
@receiver(visit_declined)
@receiver(visit_moved)
def serve_whoever_waits(fact: VisitCancelled | VisitDeclined | VisitMoved, **_: Any) -> None:
    """A place is free again."""
    if WaitingPlace.objects.waiting().exists():
        transaction.on_commit(nudge_waiting_lists)


@receiver(accounts_merged)
def move_to_the_kept_account(fact: AccountsMerged, **_: Any) -> None:
    """Both are the same person's; whoever booked or asked goes on hearing of it, and is called at the number kept."""
    Booking.objects.filter(member=fact.closed_id).update(member=fact.kept_id)
    Case.objects.filter(member=fact.closed_id).update(member=fact.kept_id)
    waits = WaitingPlace.objects.filter(member=fact.closed_id)
    # It could only be booked on what the other record of the same person gives, for that one's family.
    waits.waiting().update(state=WaitingPlace.State.LEFT)
    waits.update(member=fact.kept_id)
    leave_record(closed=Member.objects.get(pk=fact.closed_id), kept=Member.objects.get(pk=fact.kept_id))
