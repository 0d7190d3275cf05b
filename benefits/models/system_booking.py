"""What a provider's own system has been told of a booking."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.booking import Booking
from benefits.models.provider import Provider


class SystemBookingQuerySet(models.QuerySet["SystemBooking"]):
    def due(self, *, at: datetime) -> "SystemBookingQuerySet":
        """To be told now. Of a visit whose time is over nobody is told any more, nor a system that was taken off."""
        return self.filter(
            models.Q(lease_until=None) | models.Q(lease_until__lt=at),
            answered_version__lt=models.F("version"),
            next_try_at__lte=at,
            booking__ends_at__gt=at,
            provider__has_system=True,
        )


class SystemBooking(models.Model):
    """A booking, and a provider with a system of its own at which it is or, moved elsewhere since, was.

    `reference`: by which the system knows it. `version`: grows with every change of it; `answered_version`:
    the last one to which the system has said yes or no. `provider_reference`: the system's own number.

    `attempts`: since the last change. `lease_until`: until then somebody is at it. `problem`: why not yet.
    """

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="at_systems")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+", verbose_name=_("provider"))
    reference = models.UUIDField(unique=True, default=uuid4)
    version = models.PositiveIntegerField(default=1)
    answered_version = models.PositiveIntegerField(default=0)
    provider_reference = models.CharField(_("the provider's own number"), max_length=100, blank=True)
    problem = models.CharField(_("problem"), max_length=100, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next attempt"), db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)

    objects = SystemBookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking at a provider's system")
        verbose_name_plural = _("bookings at providers' systems")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["booking", "provider"], name="benefits_booking_once_a_system"),
            models.CheckConstraint(
                condition=models.Q(answered_version__lte=models.F("version")),
                name="benefits_system_answers_what_it_heard",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(answered_version__lt=models.F("version")),
                name="benefits_system_to_be_told",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.answered_version}/{self.version}"
