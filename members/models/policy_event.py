"""The log of what the insurer's core said: append-only, ordered, read by consumers at their own pace."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.fields import SealedJSONField


class PolicyEvent(models.Model):
    """One CloudEvent. `(source, event_id)` is its key; `fingerprint` tells a repetition from a conflict.

    Consumers read published events of a shard in the order of (`xid`, `id`), below the oldest running
    transaction: so a slow writer's events can't be skipped (DESIGN §4). `xid` is the transaction that published it.
    """

    class State(models.TextChoices):
        PUBLISHED = "published", _("published")
        WAITING_SUBJECT = "waiting_subject", _("waiting for its subject")
        ALREADY_ANNOUNCED = "already_announced", _("already announced")

    class SubjectKind(models.TextChoices):
        POLICY = "policy", _("policy")
        APPLICATION = "application", _("application")
        CUSTOMER = "customer", _("customer")
        OTHER = "other", _("other")

    source = models.CharField(_("source"), max_length=200)
    event_id = models.CharField(_("event id"), max_length=200)
    type = models.CharField(_("type"), max_length=60)
    subject = models.CharField(_("subject"), max_length=100)
    subject_kind = models.CharField(max_length=12, choices=SubjectKind)
    customer_no = models.CharField(_("customer number"), max_length=20, blank=True)
    occurred_at = models.DateTimeField(_("occurred"))
    data = SealedJSONField(_("data"))
    fingerprint = models.BinaryField(max_length=32)
    state = models.CharField(_("state"), max_length=20, choices=State)
    shard = models.SmallIntegerField()
    xid = models.BigIntegerField(null=True)
    accepted_at = models.DateTimeField(_("accepted"), db_default=Now())

    class Meta:
        verbose_name = _("policy event")
        verbose_name_plural = _("policy events")
        constraints = [
            models.UniqueConstraint(fields=["source", "event_id"], name="policy_event_key"),
            models.CheckConstraint(
                condition=models.Q(state="published", xid__isnull=False)
                | (~models.Q(state="published") & models.Q(xid__isnull=True)),
                name="policy_event_published_has_xid",
            ),
        ]
        indexes = [
            models.Index(
                fields=["shard", "xid", "id"], condition=models.Q(state="published"), name="policy_event_reading"
            ),
            models.Index(
                fields=["subject_kind", "subject"],
                condition=models.Q(state="waiting_subject"),
                name="policy_event_waiting",
            ),
            models.Index(fields=["subject", "-id"], name="policy_event_subject"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            # Only waiting → published may change a row, and then nothing but the state and its place.
            pgtrigger.ReadOnly(name="append_only", exclude=["state", "xid"]),
            pgtrigger.Protect(
                name="published_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__df="waiting_subject"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Announcement(models.Model):
    """A scheduled type has been announced for a subject and an anchor date, whoever saw it first."""

    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)
    anchor_on = models.DateField()
    event = models.ForeignKey(PolicyEvent, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "subject", "anchor_on"], name="announced_once")]

    def __str__(self) -> str:
        return f"{self.type} {self.subject} {self.anchor_on}"


class CalendarDay(models.Model):
    """A day for which the calendar job has run; the newest one says what is to be made up for."""

    day = models.DateField(unique=True)
    finished_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.day)


class ConsumerCursor(models.Model):
    """How far a consumer has read a shard. Moves in the transaction that keeps what it made of the events."""

    consumer = models.CharField(max_length=30)
    shard = models.SmallIntegerField()
    xid = models.BigIntegerField(default=0)
    event_pk = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "shard"], name="cursor_per_consumer_and_shard")]

    def __str__(self) -> str:
        return f"{self.consumer} {self.shard}"


class ParkedEvent(models.Model):
    """An event that a consumer could not take: kept with its reason until a person re-drives it."""

    consumer = models.CharField(_("consumer"), max_length=30)
    event = models.ForeignKey(PolicyEvent, models.PROTECT, related_name="parkings", verbose_name=_("event"))
    error = models.TextField(_("error"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    parked_at = models.DateTimeField(_("parked"), db_default=Now())
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("parked event")
        verbose_name_plural = _("parked events")
        constraints = [models.UniqueConstraint(fields=["consumer", "event"], name="parked_once")]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.event}"
