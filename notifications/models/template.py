"""Texts: one per event type, channel and language, in Liquid. Operations write them in the Wagtail admin."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.models import DraftStateMixin, PreviewableMixin, RevisionMixin

from members.models import Language
from notifications.models.event_type import EventType
from notifications.previews import preview_of
from notifications.rendering import Text
from notifications.text_rules import faults_of


class TemplateChannel(models.TextChoices):
    """An electronic letter and its paper twin are one document, so they have one text."""

    SMS = "sms", _("SMS")
    WECHAT = "wechat", _("WeChat")
    APP = "app", _("app inbox")
    LETTER = "letter", _("letter")


class Template(DraftStateMixin, RevisionMixin, PreviewableMixin, models.Model):
    """`shipped_digest`: of the text that the platform shipped, as it was last loaded."""

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
        # Wagtail makes this one itself, but only where its pages have been loaded by then.
        permissions = [("publish_template", _("Can publish templates"))]
        constraints = [
            models.UniqueConstraint(fields=["event_type", "channel", "language"], name="template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type.name} · {self.get_channel_display()} · {self.get_language_display()}"

    @property
    @admin.display(description=_("event"), ordering="event_type")
    def event_name(self) -> str:
        return self.event_type.name

    @property
    def revisions(self) -> models.QuerySet:
        return self._revisions

    def clean(self) -> None:
        """Refuses a text that would fail when it is due (notifications.text_rules), at the field that is wrong."""
        super().clean()
        if self.event_type_id and (faults := faults_of(self.as_text())):
            raise ValidationError(dict(faults))

    def with_content_json(self, content: Mapping[str, Any]) -> "Template":
        """What was shipped is no part of a version: publishing an old version must not bring back its digest."""
        version = super().with_content_json(content)
        version.shipped_digest = self.shipped_digest
        return version

    def as_text(self) -> Text:
        """This row's text as it stands, published or not, to be checked or previewed."""
        return Text(
            code=self.event_type_id,
            channel=self.channel,
            language=self.language,
            title=self.title.strip(),
            body=self.body.strip(),
            types=self.event_type.variables,
            figures=tuple(self.figures),
            what_to_do=self.what_to_do.strip(),
        )

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return f"notifications/preview/{self.channel}.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        return {"preview": preview_of(self.as_text())}

    @property
    def default_preview_size(self) -> str:
        """A letter is read on paper, the rest on a phone."""
        return "tablet" if self.channel == TemplateChannel.LETTER else "mobile"
