"""Who waits for a place on a day that is full."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.booking import Booking
from benefits.models.guest import FamilyGuest
from benefits.models.site import SiteService
from members.models import Customer, Member


class WaitingQuerySet(models.QuerySet["WaitingPlace"]):
    def waiting(self) -> "WaitingQuerySet":
        """In the order in which they came."""
        return self.filter(state=WaitingPlace.State.WAITING).order_by("joined_at", "pk")


class WaitingPlace(models.Model):
    """A member who takes any slot of `day` at this place, should one become free; it is booked for them.

    `why_not`: the code of the refusal that ended the waiting (benefits.refusals), empty where the day has just passed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        BOOKED = "booked", _("booked")
        LEFT = "left", _("given up")
        PASSED = "passed", _("over")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="waiting_places")
    member = models.ForeignKey(Member, models.PROTECT, related_name="waiting_places")
    guest = models.ForeignKey(FamilyGuest, models.PROTECT, null=True, blank=True, related_name="waiting_places")
    at = models.ForeignKey(SiteService, models.PROTECT, related_name="waiting_places")
    day = models.DateField(_("day"))
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.WAITING)
    booking = models.OneToOneField(Booking, models.PROTECT, null=True, blank=True, related_name="waited_for")
    why_not = models.CharField(max_length=40, blank=True)
    joined_at = models.DateTimeField(_("since"), db_default=Now())

    objects = WaitingQuerySet.as_manager()

    class Meta:
        verbose_name = _("place on a waiting list")
        verbose_name_plural = _("places on waiting lists")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "guest", "at", "day"],
                condition=models.Q(state="waiting"),
                nulls_distinct=False,
                name="benefits_waiting_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="booked", booking__isnull=False)
                | models.Q(state__in=["waiting", "left", "passed"], booking=None),
                name="benefits_waiting_ends_with_its_booking",
            ),
        ]
        indexes = [
            models.Index(fields=["at", "day"], condition=models.Q(state="waiting"), name="benefits_waiting_for_day"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at_id} {self.day} {self.state}"
