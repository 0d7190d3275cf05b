"""Texts: one per event type, channel and language, in Liquid. Operations write them in the Wagtail admin."""

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin

from members.models import Language
from notifications.models.event_type import EventType


class TemplateChannel(models.TextChoices):
    """An electronic letter and its paper twin are one document, so they have one text."""

    SMS = "sms", _("SMS")
    WECHAT = "wechat", _("WeChat")
    APP = "app", _("app inbox")
    LETTER = "letter", _("letter")


class Template(DraftStateMixin, RevisionMixin, PreviewableMixin, models.Model):
    event_type = models.ForeignKey(
        EventType, models.PROTECT, related_name="templates", verbose_name=_("event type"), db_index=False
    )
    channel = models.CharField(_("channel"), max_length=8, choices=TemplateChannel)
    language = models.CharField(_("language"), max_length=10, choices=Language)
    title = models.CharField(_("title"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    figures = ArrayField(
        models.CharField(max_length=40), verbose_name=_("figures in the letter's table"), default=list, blank=True
    )
    what_to_do = models.TextField(_("what to do"), blank=True)
    shipped_digest = models.CharField(max_length=64, blank=True, editable=False)

    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="notification_template")

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["event_type", "channel", "language"]
        constraints = [
            models.UniqueConstraint(fields=["event_type", "channel", "language"], name="template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type_id} {self.get_channel_display()} {self.get_language_display()}"

    @property
    def revisions(self) -> models.QuerySet:
        return self._revisions
