"""Event types and their routes: who hears of what, on which channels, how soon."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.catalogue import duration
from members.models import Language

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a duration is tried on it, no moment is meant


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    WECHAT = "wechat", _("WeChat")
    APP = "app", _("app inbox")
    ELETTER = "eletter", _("electronic letter")
    LETTER = "letter", _("paper letter")


class Role(models.TextChoices):
    POLICYHOLDER = "policyholder", _("policyholder")
    INSURED = "insured", _("insured")
    BENEFICIARY = "beneficiary", _("beneficiary")
    PAYER = "payer", _("payer")
    AGENT = "agent", _("service agent")
    MEMBER = "member", _("member")


class Priority(models.IntegerChoices):
    """Workers claim the smallest first."""

    CRITICAL = 0, _("critical")
    HIGH = 1, _("high")
    NORMAL = 2, _("normal")
    LOW = 3, _("low")


#: What operations may set; the rest are facts of the catalogue.
ROUTE = (
    "recipients",
    "channels",
    "mandatory",
    "priority",
    "respects_quiet_hours",
    "letter_required",
    "deadline",
    "day_count",
)


class EventType(models.Model):
    """A row of the catalogue as operations have set it. `shipped`: the route as it was last loaded."""

    class DayCount(models.TextChoices):
        CALENDAR = "calendar", _("calendar days")
        WORKING = "working", _("working days")

    code = models.CharField(_("code"), max_length=60, primary_key=True)
    area = models.CharField(_("area"), max_length=30)
    platform = models.BooleanField(_("raised by the platform"), default=False)
    name_zh = models.CharField(_("Chinese name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100)
    trigger = models.TextField(_("trigger"), blank=True)
    basis = models.TextField(_("basis"), blank=True)
    #: What its texts may name: variable → type, as in the catalogue.
    variables = models.JSONField(_("variables"), default=dict, blank=True, editable=False)
    enabled = models.BooleanField(_("sent to customers"), default=True)
    recipients = ArrayField(
        models.CharField(max_length=12, choices=Role), verbose_name=_("recipients"), default=list, blank=True
    )
    channels = ArrayField(
        models.CharField(max_length=8, choices=Channel), verbose_name=_("channels"), default=list, blank=True
    )
    mandatory = models.BooleanField(_("mandatory"), default=False)
    priority = models.SmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    respects_quiet_hours = models.BooleanField(_("respects quiet hours"), default=True)
    letter_required = models.BooleanField(_("letter required"), default=False)
    deadline = models.CharField(_("deadline"), max_length=20)
    day_count = models.CharField(_("days are"), max_length=8, choices=DayCount, default=DayCount.CALENDAR)
    receipt_wait_minutes = models.PositiveIntegerField(
        _("minutes to wait for a receipt before the next channel"), default=60
    )
    shipped = models.JSONField(default=dict, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"

    @property
    @admin.display(description=_("event"), ordering="code")
    def name(self) -> str:
        """In the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh

    @property
    def needs_consent(self) -> bool:
        """Whether a member has to have agreed to such messages: greetings, events, offers of the platform's own.

        What the core tells of a policy is service, not advertising (PIPL art. 13, contract): it may be refused where
        the catalogue says so, and until then it comes.
        """
        return self.platform and not self.mandatory

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Field of the route → (as set, as shipped), where they differ."""
        return {
            name: (getattr(self, name), self.shipped[name])
            for name in ROUTE
            if name in self.shipped and getattr(self, name) != self.shipped[name]
        }

    def clean(self) -> None:
        """Refuses a route on which a message would get stuck, at the field that is wrong."""
        super().clean()
        faults = {"deadline": self.deadline_faults(), "channels": self.channel_faults()}
        if bool(self.channels) != bool(self.recipients):
            faults["recipients"] = [_("Recipients and channels belong together: fill in both or neither.")]
        if self.letter_required and not {Channel.ELETTER, Channel.LETTER} & set(self.channels):
            faults["letter_required"] = [_("Then the channels must name a letter, electronic or on paper.")]
        if any(faults.values()):
            raise ValidationError({name: found for name, found in faults.items() if found})

    def deadline_faults(self) -> list[Any]:
        try:
            positive = EPOCH + duration(self.deadline) > EPOCH
        except (ValueError, OverflowError):
            positive = False
        return [] if positive else [_("Write a duration such as PT30M, PT4H, P5D or P1M.")]

    def channel_faults(self) -> list[Any]:
        """A channel without a live Chinese text would park every message on it."""
        wanted = {Channel.LETTER if channel == Channel.ELETTER else channel for channel in self.channels}
        live = self.templates.filter(live=True, language=Language.CHINESE).values_list("channel", flat=True)
        missing = sorted(str(Channel(channel).label) for channel in wanted.difference(live))
        if not missing:
            return []
        return [_("No Chinese text is live for: %(channels)s. Write it first.") % {"channels": ", ".join(missing)}]

    @property
    def urgent(self) -> bool:
        """Announced in the intake's own transaction, ahead of the log (codes, payout account changes)."""
        return self.priority == Priority.CRITICAL and not self.respects_quiet_hours
