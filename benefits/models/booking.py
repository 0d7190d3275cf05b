"""A visit at a provider's."""

import secrets

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from benefits.models.entitlement import Entitlement, of_its_customers_entitlement
from benefits.models.guest import FamilyGuest
from benefits.models.provider import ContractPrice
from benefits.models.ranges import OneKeyRange, TimeRange
from benefits.models.site import Slot
from members.fields import SealedTextField
from members.models import Customer, Member

#: Read out at a desk: no letter that looks like a digit, and none that sounds like another (31^8, 10^12 of them).
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(8))


class BookingQuerySet(models.QuerySet["Booking"]):
    def coming(self) -> "BookingQuerySet":
        return self.filter(state=Booking.State.BOOKED)

    def unconfirmed(self) -> "BookingQuerySet":
        """Coming ones that the provider's own system has not taken yet; without one, our word is all there is."""
        return self.coming().filter(confirmed_at=None, slot__at__site__provider__has_system=True)

    def taking_place(self) -> "BookingQuerySet":
        """Those that the guest came to, or is to come to."""
        return self.filter(state__in=[*Booking.OPEN, Booking.State.COMPLETED])

    def of_service(self, entitlement: Entitlement) -> "BookingQuerySet":
        """The customer's, of the service, on whichever entitlement."""
        return self.filter(customer=entitlement.customer_id, entitlement__service=entitlement.service_id)


class Booking(models.Model):
    """`customer`: whose entitlement it is. `member`: who booked. `guest`: who comes, None where the customer does.

    It holds one of its entitlement and one place of its slot while it is booked or the guest is there; what is
    completed, not kept, or cancelled too late counts as used. `price`: what the contract says on that day, in CNY.
    Only a move changes it. `confirmed_at`: when the provider's own system took it; one that is down is asked again.
    """

    class State(models.TextChoices):
        BOOKED = "booked", pgettext_lazy("visit", "booked")
        CHECKED_IN = "checked_in", _("checked in")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")
        CANCELLED_LATE = "cancelled_late", _("cancelled too late")
        NO_SHOW = "no_show", _("not kept")

    #: What holds a place.
    OPEN = (State.BOOKED, State.CHECKED_IN)
    #: What counts as used.
    SPENT = (State.COMPLETED, State.CANCELLED_LATE, State.NO_SHOW)

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="bookings", verbose_name=_("customer"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="bookings", verbose_name=_("booked by"))
    guest = models.ForeignKey(
        FamilyGuest, models.PROTECT, null=True, blank=True, related_name="bookings", verbose_name=_("family member")
    )
    entitlement = models.ForeignKey(Entitlement, models.PROTECT, related_name="bookings")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="bookings", verbose_name=_("slot"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    contract_price = models.ForeignKey(ContractPrice, models.PROTECT, related_name="bookings")
    price = models.DecimalField(_("price in CNY"), max_digits=10, decimal_places=2)
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.BOOKED)
    code = models.CharField(_("check-in code"), max_length=8, unique=True, default=new_code)
    request_key = models.CharField(max_length=100)
    booked_at = models.DateTimeField(_("booked"), db_default=Now())
    confirmed_at = models.DateTimeField(_("confirmed by the provider"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    rated_at = models.DateTimeField(_("rated"), null=True, blank=True)
    rating_words = SealedTextField(_("in the member's words"), null=True, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["starts_at"]
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["customer", "request_key"], name="benefits_booking_once_a_request"),
            ExclusionConstraint(
                name="benefits_one_place_at_a_time",
                expressions=[
                    (OneKeyRange("customer"), RangeOperators.OVERLAPS),
                    (OneKeyRange(Coalesce("guest", 0)), RangeOperators.OVERLAPS),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state__in=["booked", "checked_in"]),
            ),
            models.CheckConstraint(
                condition=models.Q(rating=None, rated_at=None)
                # Of a NULL alone the range would say neither yes nor no, and the database takes that for a yes.
                | models.Q(rating__isnull=False, rating__range=(1, 5), rated_at__isnull=False, state="completed"),
                name="benefits_rating_of_a_visit",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["booked", "checked_in"], ended_at=None)
                | models.Q(state__in=["completed", "cancelled", "cancelled_late", "no_show"], ended_at__isnull=False),
                name="benefits_booking_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="benefits_booking_takes_time"
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], condition=models.Q(state="booked"), name="benefits_booking_coming"),
            models.Index(fields=["customer", "-starts_at"], name="benefits_booking_of_customer"),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(state__in=["completed", "cancelled_late", "no_show"]),
                name="benefits_booking_spent",
            ),
            models.Index(
                fields=["rated_at"], condition=models.Q(rated_at__isnull=False), name="benefits_booking_rated"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="keeps_what_it_is", fields=["customer", "guest", "entitlement", "request_key"]),
            pgtrigger.Protect(
                name="costs_what_was_agreed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((NEW.price, NEW.contract_price_id) IS DISTINCT FROM (OLD.price, OLD.contract_price_id)"
                    " AND NEW.slot_id = OLD.slot_id)"
                ),
            ),
            of_its_customers_entitlement(),
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state NOT IN ('booked', 'checked_in') AND NEW.state IS DISTINCT FROM OLD.state"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.starts_at} {self.state}"
