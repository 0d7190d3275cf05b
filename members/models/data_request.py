"""What a member may ask of us about their data (PIPL art. 45 and 47): a copy, and its erasure."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.customer import Language
from members.models.member import Member


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def unfinished(self) -> "DataRequestQuerySet":
        return self.filter(state__in=[DataRequest.State.WAITING, DataRequest.State.RUNNING])

    def ready(self, at: datetime | None = None) -> "DataRequestQuerySet":
        """Copies that can still be fetched."""
        return self.filter(
            kind=DataRequest.Kind.EXPORT, state=DataRequest.State.DONE, expires_at__gt=at or timezone.now()
        )


class DataRequest(models.Model):
    """One job. `file`: the sealed copy, gone after `expires_at`. `kept`: what the law lets us not erase yet.

    `kept` is a list of {"what", "why", "until"}; `until` an ISO date, or null where it can't be known yet.
    """

    class Kind(models.TextChoices):
        EXPORT = "export", _("copy of one's data")
        ERASURE = "erasure", _("erasure")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    member = models.ForeignKey(Member, models.PROTECT, related_name="data_requests", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    language = models.CharField(_("language"), max_length=10, choices=Language)
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    steps_done = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    file = models.FileField(upload_to="personal_data/%Y/%m/", max_length=200, blank=True)
    kept = models.JSONField(default=list)
    requested_at = models.DateTimeField(_("asked for"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("to be fetched until"), null=True)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="data_request_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind} {self.state}"

    @property
    def percent(self) -> int:
        return 100 * self.steps_done // self.steps if self.steps else 0
