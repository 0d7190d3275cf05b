"""Event types and their routes: who hears of what, on which channels, how soon."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


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
    recipients = ArrayField(models.CharField(max_length=12, choices=Role), verbose_name=_("recipients"), default=list)
    channels = ArrayField(models.CharField(max_length=8, choices=Channel), verbose_name=_("channels"), default=list)
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
        return f"{self.name_zh} {self.code}"

    @property
    def urgent(self) -> bool:
        """Announced in the intake's own transaction, ahead of the log (codes, payout account changes)."""
        return self.priority == Priority.CRITICAL and not self.respects_quiet_hours
