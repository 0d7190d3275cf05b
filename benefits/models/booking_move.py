"""Where a booking was before its member moved it."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.booking import Booking
from benefits.models.site import Slot


class BookingMove(models.Model):
    """Append-only. `slot`: the one that was given back."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="moves")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="+", verbose_name=_("slot"))
    moved_at = models.DateTimeField(_("moved"), db_default=Now())

    class Meta:
        verbose_name = _("move of a booking")
        verbose_name_plural = _("moves of bookings")
        default_permissions = ()
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.slot_id}"
