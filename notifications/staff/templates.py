"""Texts in the admin: written by people who don't program, so every page says what may be named and what is wrong."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column, LiveStatusTagColumn, UpdatedAtColumn
from wagtail.permissions import register_permission_policy
from wagtail.snippets.views.snippets import EditView, SnippetViewSet

from members.staff.permissions import OnlyActions
from notifications.areas import AREAS, area_name
from notifications.display import display
from notifications.examples import example_values
from notifications.labels import TYPES, label
from notifications.models import EventType, Template, TemplateChannel
from notifications.text_rules import essential_variables

# A text that messages were sent from must stay; what isn't wanted any more is unpublished.
register_permission_policy(Template, OnlyActions(Template, actions={"view", "add", "change", "publish"}))


class ChannelFieldPanel(FieldPanel):
    """A field that only some channels have. A new text, whose channel isn't chosen yet, shows them all."""

    def __init__(self, field_name: str, *, channels: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(field_name, **kwargs)
        self.channels = channels

    def clone_kwargs(self) -> dict[str, Any]:
        return {**super().clone_kwargs(), "channels": self.channels}

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self) -> bool:
            return super().is_shown() and (not self.instance.pk or self.instance.channel in self.panel.channels)


class VariablesPanel(Panel):
    """What the text may name, with an example of each as this channel shows it."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "notifications/staff/variables_panel.html"

        class Media:
            js = ("notifications/variables.js",)

        def is_shown(self) -> bool:
            return bool(self.instance.event_type_id)

        def get_context_data(self, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
            template = self.instance
            types = template.event_type.variables
            shown = display(
                example_values(types, template.language),
                types,
                template.language,
                style="short" if template.channel == TemplateChannel.SMS else "long",
            )
            essential = essential_variables(template.event_type_id)
            return {
                **super().get_context_data(parent_context),
                "variables": [
                    {
                        "name": name,
                        "label": label(name, get_language() or ""),
                        "type": TYPES.get(type_, type_),
                        "example": shown[name],
                        "essential": name in essential,
                    }
                    for name, type_ in types.items()
                ],
            }


class TemplateForm(WagtailAdminModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Messages refer to the text as that of this event, channel and language.
            for name in ("event_type", "channel", "language"):
                self.fields[name].disabled = True


class TemplateFilterSet(WagtailFilterSet):
    area = django_filters.ChoiceFilter(
        field_name="event_type__area", label=_("Area"), choices=list(AREAS.items()), empty_label=_("All")
    )
    event_type = django_filters.ModelChoiceFilter(
        queryset=EventType.objects.all(), label=_("Event type"), empty_label=_("All")
    )
    live = django_filters.BooleanFilter(label=_("Live"))

    class Meta:
        model = Template
        fields = ["area", "event_type", "channel", "language", "live"]


class TemplateEditView(EditView):
    def get_page_subtitle(self) -> str:
        """In the reader's language; a draft keeps its name in that of whoever wrote it."""
        return str(self.object)


class TemplateViewSet(SnippetViewSet):
    model = Template
    edit_view_class = TemplateEditView
    icon = "doc-full"
    menu_label = _("Texts")
    menu_name = "notification-texts"
    add_to_reference_index = False
    copy_view_enabled = False
    list_per_page = 50
    ordering = ["event_type", "channel", "language"]
    filterset_class = TemplateFilterSet
    search_fields = ["event_type__code", "event_type__name_zh", "event_type__name_en", "title", "body"]
    search_backend_name = None
    list_display = [
        "event_name",
        Column("event_type_id", label=_("Code"), sort_key="event_type"),
        Column("area", label=_("Area"), accessor=lambda template: area_name(template.event_type.area)),
        Column("channel", label=_("Channel"), accessor="get_channel_display", sort_key="channel"),
        Column("language", label=_("Language"), accessor="get_language_display", sort_key="language"),
        # Their own labels are in the language of the process, not of the reader.
        LiveStatusTagColumn(label=_("Status")),
        UpdatedAtColumn(label=_("Updated")),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("event_type"), FieldRowPanel([FieldPanel("channel"), FieldPanel("language")])],
                heading=_("For"),
            ),
            VariablesPanel(heading=_("What the text may name")),
            ChannelFieldPanel(
                "title",
                channels=(TemplateChannel.WECHAT, TemplateChannel.APP, TemplateChannel.LETTER),
            ),
            FieldPanel(
                "body",
                widget=forms.Textarea(attrs={"rows": 8}),
                help_text=_("Name a variable as {{ name }}. A blank line begins a new paragraph."),
            ),
            ChannelFieldPanel(
                "figures",
                channels=(TemplateChannel.LETTER,),
                help_text=_("Names of variables in the order of the table, with commas between them."),
            ),
            ChannelFieldPanel(
                "what_to_do",
                channels=(TemplateChannel.LETTER,),
                widget=forms.Textarea(attrs={"rows": 6}),
                help_text=_("The steps, with a blank line between them."),
            ),
        ],
        base_form_class=TemplateForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        return Template.objects.select_related("event_type")
