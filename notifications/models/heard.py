"""What was heard of and is still to be told."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class HeardQuerySet(models.QuerySet["Heard"]):
    def due(self, *, at: datetime) -> "HeardQuerySet":
        return self.filter(next_try_at__lte=at).order_by("pk")


class Heard(models.Model):
    """News of a visit or a case, noted in the transaction that made it, and gone in the one that makes its messages.

    A booking can't wait for its messages to be made: that costs more than the booking itself
    (`tests.benchmarks.bookings`: 50 bookings/s with it, on two cores).

    `subject_id`: of the booking, for the last three of the case. `attempts`: how often telling it has failed.
    """

    class News(models.TextChoices):
        BOOKED = "booked", _("booked, moved or confirmed")
        TOMORROW = "tomorrow", _("takes place tomorrow")
        CANCELLED = "cancelled", _("cancelled")
        MISSED = "missed", _("not kept")
        REPORT_READY = "report_ready", _("has a report")
        CASE_ANSWERED = "case_answered", _("a case was answered")
        CASE_DONE = "case_done", _("a case is done")
        CASE_DECLINED = "case_declined", _("a case was declined")

    news = models.CharField(max_length=13, choices=News)
    subject_id = models.BigIntegerField()
    heard_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())

    objects = HeardQuerySet.as_manager()

    class Meta:
        verbose_name = _("news to be told")
        verbose_name_plural = _("news to be told")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.subject_id} {self.news}"
