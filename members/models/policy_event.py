"""The log of what the insurer's core said: append-only, ordered, read by consumers at their own pace."""

from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import SealedJSONField
from members.models.customer import Customer
from members.models.policy import Policy

#: How long an event may wait for its subject before it stands before staff (docs/feeds.md).
PATIENCE = timedelta(hours=72)


class CurrentTransaction(models.Func):
    """The number of the transaction that this statement belongs to."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class OldestRunningTransaction(models.Func):
    """Everything below this number has committed or is rolled back: no event can appear there any more."""

    template = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    output_field = models.BigIntegerField()


class Position(models.Func):
    """A place in the log, (xid, id), compared as one value so that the reading index serves."""

    function = "ROW"
    output_field = models.BigIntegerField()


class PolicyEventQuerySet(models.QuerySet["PolicyEvent"]):
    def published(self) -> "PolicyEventQuerySet":
        return self.filter(state=PolicyEvent.State.PUBLISHED)

    def after(self, xid: object, pk: object) -> "PolicyEventQuerySet":
        """Beyond this place in the log; numbers or expressions."""
        place, here = Position("xid", "id"), Position(as_expression(xid), as_expression(pk))
        return self.filter(GreaterThan(place, here))

    def settled(self) -> "PolicyEventQuerySet":
        """Below every running transaction: nothing can come to stand before these any more."""
        return self.filter(LessThan(models.F("xid"), OldestRunningTransaction()))

    def in_reading_order(self) -> "PolicyEventQuerySet":
        return self.order_by("xid", "id")

    def waiting(self) -> "PolicyEventQuerySet":
        return self.filter(state=PolicyEvent.State.WAITING_SUBJECT)

    def waiting_too_long(self, now: datetime | None = None) -> "PolicyEventQuerySet":
        """What has waited for its subject for more than 72 hours."""
        return self.waiting().filter(accepted_at__lt=(now or timezone.now()) - PATIENCE)

    def with_subject_arrived(self) -> "PolicyEventQuerySet":
        """Whose policy, or customer where no policy is spoken of, is in the mirror by now."""
        policy = Policy.objects.filter(policy_no=models.OuterRef("subject"))
        customer = Customer.objects.filter(customer_no=models.OuterRef("customer_no"))
        is_policy = models.Q(subject_kind=PolicyEvent.SubjectKind.POLICY)
        return self.filter(is_policy & models.Exists(policy) | ~is_policy & models.Exists(customer))


def as_expression(value: object) -> object:
    return value if hasattr(value, "resolve_expression") else models.Value(value)


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

    objects = PolicyEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy event")
        verbose_name_plural = _("policy events")
        permissions = [("see_policyevent_data", _("Can see the data of policy events"))]
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
    """A scheduled type has been announced for a subject and an anchor date, whoever saw it first.

    `customer_no` tells the people in a policy apart where the date is a person's own, such as that of a document.
    """

    type = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)
    customer_no = models.CharField(max_length=20, blank=True)
    anchor_on = models.DateField()
    event = models.ForeignKey(PolicyEvent, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "subject", "customer_no", "anchor_on"], name="announced_once")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject} {self.anchor_on}"


class CalendarDay(models.Model):
    """A day for which the calendar job has run; the newest one says what is to be made up for."""

    day = models.DateField(unique=True)
    finished_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.day)


class ConsumerCursorQuerySet(models.QuerySet["ConsumerCursor"]):
    def with_unread(self) -> "models.QuerySet[Any]":
        """Adds `unread`: whether published events, readable or not yet, stand beyond the cursor."""
        beyond = PolicyEvent.objects.published().filter(shard=models.OuterRef("shard"))
        return self.annotate(unread=models.Exists(beyond.after(models.OuterRef("xid"), models.OuterRef("event_pk"))))


class ConsumerCursor(models.Model):
    """How far a consumer has read a shard. Moves in the transaction that keeps what it made of the events."""

    consumer = models.CharField(max_length=30)
    shard = models.SmallIntegerField()
    xid = models.BigIntegerField(default=0)
    event_pk = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(db_default=Now())

    objects = ConsumerCursorQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "shard"], name="cursor_per_consumer_and_shard")]

    def __str__(self) -> str:
        return f"{self.consumer} {self.shard}"


class ParkedEventQuerySet(models.QuerySet["ParkedEvent"]):
    def unsettled(self) -> "ParkedEventQuerySet":
        return self.filter(settled_at=None)


class ParkedEvent(models.Model):
    """An event that a consumer could not take: kept with its reason until a person re-drives it."""

    consumer = models.CharField(_("consumer"), max_length=30)
    event = models.ForeignKey(PolicyEvent, models.PROTECT, related_name="parkings", verbose_name=_("event"))
    error = models.TextField(_("error"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    parked_at = models.DateTimeField(_("parked"), db_default=Now())
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = ParkedEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("parked event")
        verbose_name_plural = _("parked events")
        permissions = [("redrive_parkedevent", _("Can have parked events tried again"))]
        constraints = [models.UniqueConstraint(fields=["consumer", "event"], name="parked_once")]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.event}"
