"""Messages: the outbox, what was tried, what came back, and the letters."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from members.fields import BlindIndexField, SealedJSONField, SealedTextField
from members.models import Agent, Customer, Language, Member, PolicyEvent
from notifications.models.event_type import Channel, EventType, Priority, Role


class PlatformEvent(models.Model):
    """Something that happened on the platform and is told to somebody; raised by the packages below.

    `(code, key)` never repeats. A one-time code may go to a bare phone number.
    """

    code = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    occurred_at = models.DateTimeField()
    data = SealedJSONField()
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+")
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    mobile = SealedTextField(null=True)

    class Meta:
        verbose_name = _("platform event")
        verbose_name_plural = _("platform events")
        constraints = [models.UniqueConstraint(fields=["code", "key"], name="platform_event_key")]

    def __str__(self) -> str:
        return f"{self.code}:{self.key}"


class MessageQuerySet(models.QuerySet["Message"]):
    def in_inbox_of(self, member: Member) -> "MessageQuerySet":
        """What this member's in-app inbox holds, newest first."""
        return self.filter(member=member, channel=Channel.APP, state=Message.State.DELIVERED).order_by("-id")

    @staticmethod
    def is_late(now: datetime | None = None) -> models.Q:
        """Due and not gone, or gone after it was due."""
        moment = now or timezone.now()
        waiting = models.Q(state__in=[Message.State.PENDING, Message.State.SENDING, Message.State.PARKED])
        return models.Q(sent_at__gt=models.F("due_at")) | (waiting & models.Q(due_at__lte=moment))


class Message(models.Model):
    """One message to one recipient on one channel. The row is the truth; tasks only say that there is work.

    Unique by (cause, recipient, channel): whatever is replayed or raced, nobody gets the same thing twice on a
    channel. Claimed (`sending`, with a lease) *before* the provider is called.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        SUPPRESSED = "suppressed", _("not sent")
        PARKED = "parked", _("parked")
        UNCERTAIN = "uncertain", _("uncertain")

    class Track(models.TextChoices):
        """Inbox, push and letter go side by side; within a track the next channel follows a failure."""

        INBOX = "inbox", _("inbox")
        PUSH = "push", _("push")
        LETTER = "letter", _("letter")

    #: Why nothing was sent.
    class Suppression(models.TextChoices):
        UNREACHABLE = "unreachable", _("no channel of the route reaches this person")
        OPTED_OUT = "opted_out", _("the person does not want such messages")
        CAPPED = "capped", _("too many messages of this kind")
        DISABLED = "disabled", _("this event type is switched off")
        NO_RECIPIENT = "no_recipient", _("nobody to tell")

    cause = models.CharField(_("cause"), max_length=120)
    policy_event = models.ForeignKey(
        PolicyEvent, models.PROTECT, null=True, blank=True, related_name="messages", db_index=False
    )
    platform_event = models.ForeignKey(
        PlatformEvent, models.PROTECT, null=True, blank=True, related_name="messages", db_index=False
    )
    event_type = models.ForeignKey(EventType, models.PROTECT, related_name="messages", verbose_name=_("event type"))
    policy_no = models.CharField(_("policy number"), max_length=20, blank=True)
    recipient = models.CharField(_("recipient"), max_length=40)
    role = models.CharField(_("role"), max_length=12, choices=Role)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="messages")
    member = models.ForeignKey(Member, models.PROTECT, null=True, blank=True, related_name="messages")
    agent = models.ForeignKey(Agent, models.PROTECT, null=True, blank=True, related_name="messages", db_index=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    track = models.CharField(max_length=6, choices=Track)
    next_channels = ArrayField(models.CharField(max_length=8, choices=Channel), default=list)
    language = models.CharField(_("language"), max_length=10, choices=Language)
    address = SealedTextField(_("address"), null=True)
    address_index = BlindIndexField(source="address", purpose="address")
    template_revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+", db_index=False)
    title = models.CharField(_("title"), max_length=300, blank=True)
    body = SealedTextField(_("text"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=State)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    priority = models.SmallIntegerField(_("priority"), choices=Priority)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    send_after = models.DateTimeField(_("not before"))
    waits_at_night = models.BooleanField(_("not sent in quiet hours"), default=False)
    due_at = models.DateTimeField(_("due"))
    expires_at = models.DateTimeField(_("no use after"), null=True)
    lease_until = models.DateTimeField(null=True)
    provider = models.CharField(_("provider"), max_length=30, blank=True)
    provider_ref = models.CharField(_("provider's reference"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [
            ("read_message", _("Can read what customers were sent")),
            ("redrive_message", _("Can send messages again")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["cause", "recipient", "channel"], name="message_once"),
            models.CheckConstraint(
                condition=models.Q(policy_event__isnull=False) ^ models.Q(platform_event__isnull=False),
                name="message_has_a_cause",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sending") | models.Q(lease_until__isnull=False),
                name="message_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["suppressed", "failed", "parked", "uncertain"]) | ~models.Q(reason=""),
                name="message_unsent_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "priority", "send_after", "id"],
                condition=models.Q(state="pending"),
                name="message_to_claim",
            ),
            models.Index(fields=["lease_until"], condition=models.Q(state="sending"), name="message_leased"),
            models.Index(
                fields=["sent_at"],
                condition=models.Q(state="sent") & ~models.Q(next_channels=[]),
                name="message_awaiting_receipt",
            ),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["parked", "uncertain"]),
                name="message_undecided",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(state="failed") & ~models.Q(next_channels=[]),
                name="message_to_follow",
            ),
            models.Index(fields=["due_at"], condition=models.Q(state__in=["pending", "sending"]), name="message_due"),
            models.Index(fields=["policy_no", "-id"], condition=~models.Q(policy_no=""), name="message_policy"),
            models.Index(
                fields=["address_index"], condition=models.Q(address_index__isnull=False), name="message_address"
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="pending", expires_at__isnull=False),
                name="message_expiring",
            ),
            models.Index(fields=["-created_at"], name="message_newest"),
            models.Index(fields=["agent"], condition=models.Q(agent__isnull=False), name="message_agent"),
            models.Index(
                fields=["provider_ref"],
                condition=models.Q(channel="eletter") & ~models.Q(provider_ref=""),
                name="message_mailed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.event_type_id} {self.channel} {self.state}"


class Attempt(models.Model):
    """One call of a provider for one message, written with its outcome."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        PERMANENT = "permanent", _("refused for good")
        TEMPORARY = "temporary", _("failed for now")
        THROTTLED = "throttled", _("told to slow down")
        UNCERTAIN = "uncertain", _("outcome unknown")

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempt_log")
    provider = models.CharField(max_length=30)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    detail = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.message_id} {self.outcome}"


class Receipt(models.Model):
    """What a provider told of a message afterwards, as it came; receipts arrive in any order, and twice."""

    class Status(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")
        READ = "read", _("read")

    message = models.ForeignKey(Message, models.CASCADE, related_name="receipts")
    provider = models.CharField(max_length=30)
    status = models.CharField(max_length=10, choices=Status)
    detail = models.CharField(max_length=500, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "status", "occurred_at"], name="receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.status}"


class Letter(models.Model):
    """The archived, signed document of a (cause, recipient): mailed as an e-letter, printed, or both."""

    cause = models.CharField(max_length=120)
    recipient = models.CharField(max_length=40)
    template_revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", db_index=False)
    document = models.FileField(upload_to="letters/%Y/%m/%d/", max_length=200)
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [models.UniqueConstraint(fields=["cause", "recipient"], name="letter_once")]

    def __str__(self) -> str:
        return f"{self.cause} {self.recipient}"


class PrintBatch(models.Model):
    """The paper letters of a day: a folder of PDF files with a manifest."""

    day = models.DateField(unique=True)
    letters = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("print batch")
        verbose_name_plural = _("print batches")

    def __str__(self) -> str:
        return str(self.day)
