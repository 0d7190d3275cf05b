"""Whatever members and desks do in whatever order, while time moves: quota, places and bookings agree."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

import time_machine
from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from benefits.actions.call_off_visit import call_off_visit
from benefits.actions.cancel_booking import cancel_booking
from benefits.actions.keep_visit import check_in, complete_visit, end_past_visits, miss_visit
from benefits.actions.move_booking import move_booking
from benefits.actions.rate_visit import rate_visit
from benefits.actions.serve_waiting_lists import serve_waiting_lists
from benefits.actions.wait_for_place import join_waiting_list
from benefits.models import Booking, Entitlement, Slot
from benefits.refusals import BenefitRefused
from tests.benefits.network import MONDAY, NOW, at, make_offer
from tests.benefits.visitors import book, family, terms, visitor

State = Booking.State
which = st.integers(0, 30)
hours = st.sampled_from([9, 10, 11, 13, 14, 15, 16])
days = st.integers(0, 4)


class Visits(RuleBasedStateMachine):
    """Three customers with families at two small places. What is refused is refused; what is kept has to add up."""

    @initialize()
    def begin(self):
        self.savepoint = transaction.savepoint()
        self.traveller = time_machine.travel(NOW, tick=False)
        self.clock = self.traveller.start()
        self.places = [make_offer(), make_offer(capacity=2)]
        allowance = terms(gap_days=0, quota=3, family_quota=1, family_relations=["spouse"], open_at_once=3)
        year = {"quota": 3, "family_quota": 1, "allowance": allowance}
        self.members = [visitor(**year), visitor(**year), visitor(**year | {"ends_on": date(2027, 3, 10)})]
        self.guests = [None, *(family(member).pk for member in self.members)]

    def teardown(self) -> None:
        if hasattr(self, "traveller"):
            self.traveller.stop()
            transaction.savepoint_rollback(self.savepoint)

    def some_booking(self, which: int) -> Booking | None:
        bookings = list(Booking.objects.select_related("slot__at__site__provider").order_by("pk"))
        return bookings[which % len(bookings)] if bookings else None

    @rule(who=st.integers(0, 2), where=st.integers(0, 1), day=days, hour=hours, guest=st.integers(0, 3))
    def book(self, who, where, day, hour, guest):
        with suppress(BenefitRefused):
            book(
                self.members[who],
                self.places[where],
                starts_at=at(MONDAY + timedelta(days=day), hour),
                guest_id=self.guests[guest],
            )

    @rule(which=which)
    def cancel(self, which):
        if booking := self.some_booking(which):
            with suppress(BenefitRefused):
                cancel_booking(booking_id=booking.pk)

    @rule(which=which, where=st.integers(0, 1), day=days, hour=hours)
    def move(self, which, where, day, hour):
        if booking := self.some_booking(which):
            with suppress(BenefitRefused):
                move_booking(
                    booking_id=booking.pk,
                    site_service_id=self.places[where].pk,
                    starts_at=at(MONDAY + timedelta(days=day), hour),
                )

    @rule(which=which, verb=st.sampled_from(["in", "served", "missed", "rated"]))
    def at_the_desk(self, which, verb):
        if booking := self.some_booking(which):
            with suppress(BenefitRefused):
                match verb:
                    case "in":
                        check_in(code=booking.code, provider=booking.slot.at.site.provider)
                    case "served":
                        complete_visit(booking_id=booking.pk)
                    case "missed":
                        miss_visit(booking_id=booking.pk)
                    case _:
                        rate_visit(booking_id=booking.pk, rating=5)

    @rule(which=which)
    def called_off(self, which):
        if booking := self.some_booking(which):
            with suppress(BenefitRefused):
                call_off_visit(booking_id=booking.pk, by=None, because="停电")

    @rule(who=st.integers(0, 2), day=days)
    def wait(self, who, day):
        with suppress(BenefitRefused):
            join_waiting_list(
                member=self.members[who], site_service_id=self.places[0].pk, day=MONDAY + timedelta(days=day)
            )

    @rule()
    def serve(self):
        serve_waiting_lists()
        end_past_visits()

    @rule(hours=st.sampled_from([1, 5, 24, 72]))
    def later(self, hours):
        self.clock.shift(timedelta(hours=hours))

    @invariant()
    def agrees(self):
        bookings = list(Booking.objects.values_list("entitlement", "slot", "state", "guest"))
        held = Counter(entitlement for entitlement, _, state, _ in bookings if state in Booking.OPEN)
        used = Counter(entitlement for entitlement, _, state, _ in bookings if state in Booking.SPENT)
        family_used = Counter(
            entitlement for entitlement, _, state, guest in bookings if guest and state != State.CANCELLED
        )
        for entitlement in Entitlement.objects.all():
            assert (held[entitlement.pk], used[entitlement.pk]) == (entitlement.held, entitlement.used)
            assert family_used[entitlement.pk] == entitlement.family_used <= entitlement.family_quota
            assert entitlement.held + entitlement.used <= entitlement.quota
        gone = (State.CANCELLED, State.CANCELLED_LATE)
        taken = Counter(slot for _, slot, state, _ in bookings if state not in gone)
        for slot in Slot.objects.all():
            assert taken[slot.pk] == slot.taken <= slot.capacity


class TestVisits(Visits.TestCase, TestCase):
    # Shrinking a failure would take minutes, and forty steps can be read as they are.
    settings = settings(max_examples=25, stateful_step_count=40, phases=[Phase.generate])
