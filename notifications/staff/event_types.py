"""Event types in the admin: operations set routes here; the catalogue says what there is."""

from typing import Any

import django_filters
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, StatusFlagColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import policy_registry, register_permission_policy

from members.models import Member
from members.staff.permissions import OnlyActions
from notifications import deadlines
from notifications.actions.restore_route import restore_route
from notifications.areas import AREAS, area_name
from notifications.models import Channel, EventType, Priority, Role
from notifications.staff.deadline_field import DeadlineField
from notifications.staff.ordered_choices import OrderedChoicesField

# What there is is the catalogue's business.
register_permission_policy(EventType, OnlyActions(EventType, actions={"view", "change"}))


def named(name: str, value: Any, day_count: str = "") -> str:
    """A value of the route as people read it; of a deadline, with what its days are."""
    if name == "deadline":
        return deadlines.in_words(value, day_count)
    if isinstance(value, list):
        choices = dict({"channels": Channel.choices, "recipients": Role.choices}[name])
        return " → ".join(str(choices.get(item, item)) for item in value) or "—"
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    return str(dict(field_of(name).choices or ()).get(value, value))


def field_of(name: str) -> Field:
    field = EventType._meta.get_field(name)
    assert isinstance(field, Field)  # a route holds no relations
    return field


class EventTypeForm(WagtailAdminModelForm):
    channels = OrderedChoicesField(
        choices=Channel.choices,
        required=False,
        label=_("Channels"),
        help_text=_(
            "SMS and WeChat are tried in this order until one arrives; the app inbox is told besides. "
            "A letter is the last resort, or made at once where one is required."
        ),
    )
    recipients = OrderedChoicesField(
        choices=Role.choices, required=False, label=_("Recipients"), help_text=_("The first is the main one.")
    )
    deadline = DeadlineField(
        label=_("Deadline"), help_text=_("How long after the event the message must have gone; later counts as late.")
    )


class EventTypeFilterSet(WagtailFilterSet):
    area = django_filters.ChoiceFilter(label=_("Area"), choices=list(AREAS.items()), empty_label=_("All"))
    channel = django_filters.ChoiceFilter(
        field_name="channels",
        lookup_expr="contains",
        label=_("Channel"),
        choices=Channel.choices,
        method="with_channel",
    )

    class Meta:
        model = EventType
        fields = ["area", "channel", "priority", "mandatory", "letter_required", "enabled", "platform"]

    def with_channel(self, queryset: QuerySet[EventType], name: str, value: str) -> QuerySet[EventType]:
        return queryset.filter(channels__contains=[value])


class EditView(generic.EditView):
    template_name = "notifications/staff/event_type_edit.html"

    def get_page_subtitle(self) -> str:
        return str(self.object.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        stored = EventType.objects.get(pk=self.object.pk)
        context["differences"] = [
            {
                "label": field_of(name).verbose_name,
                "ours": named(name, ours, stored.day_count),
                "shipped": named(name, theirs, stored.shipped.get("day_count", stored.day_count)),
            }
            for name, (ours, theirs) in stored.differences.items()
        ]
        context["restore_url"] = reverse("notification_event_types:restore", args=[stored.pk])
        context["texts_url"] = reverse("wagtailsnippets_notifications_template:list") + f"?event_type={stored.pk}"
        context["facts"] = stored
        context["area"] = area_name(stored.area)
        return context


@require_POST
def restore(request: HttpRequest, code: str) -> HttpResponse:
    """Returns a route to what was shipped."""
    event_type = get_object_or_404(EventType, pk=code)
    if not isinstance(request.user, Member) or not policy_registry.get(event_type).user_has_permission_for_instance(
        request.user, "change", event_type
    ):
        raise PermissionDenied
    try:
        restore_route(event_type=event_type, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _now("%(event_type)s is as shipped again.") % {"event_type": event_type})
    return redirect("notification_event_types:index")


class EventTypeViewSet(ModelViewSet):
    model = EventType
    name = "notification_event_types"
    url_prefix = "notifications/event-types"
    icon = "list-ul"
    menu_label = _("Event types")
    menu_name = "notification-event-types"
    add_to_reference_index = False
    copy_view_enabled = False
    edit_view_class = EditView
    edit_template_name = EditView.template_name
    list_per_page = 50
    ordering = ["code"]
    filterset_class = EventTypeFilterSet
    search_fields = ["code", "name_zh", "name_en"]
    search_backend_name = None
    list_display = [
        "name",
        Column("code", label=_("Code"), sort_key="code"),
        Column("area", label=_("Area"), accessor=lambda event: area_name(event.area), sort_key="area"),
        Column("channels", label=_("Channels"), accessor=lambda event: named("channels", event.channels)),
        Column(
            "priority", label=_("Priority"), accessor=lambda event: Priority(event.priority).label, sort_key="priority"
        ),
        Column(
            "deadline", label=_("Deadline"), accessor=lambda event: deadlines.in_words(event.deadline, event.day_count)
        ),
        StatusFlagColumn("enabled", label=_("Sent"), true_label=None, false_label=_("switched off")),
        StatusFlagColumn(
            "differs",
            label=_("Route"),
            accessor=lambda event: bool(event.differences),
            true_label=_("changed here"),
        ),
    ]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("enabled", help_text=_("Switched off, nobody is sent anything about such events.")),
                    FieldPanel("recipients"),
                    FieldPanel("channels"),
                ],
                heading=_("Who and how"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel(
                        "letter_required",
                        help_text=_("A signed letter is made and kept each time, whatever else arrived."),
                    ),
                    FieldPanel(
                        "mandatory", help_text=_("Sent whatever people have opted out of, and never counted or capped.")
                    ),
                    FieldPanel("priority", help_text=_("Of the messages that wait, the more urgent go first.")),
                    FieldPanel(
                        "respects_quiet_hours", help_text=_("At night nothing is pushed; it goes in the morning.")
                    ),
                ],
                heading=_("How urgently"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("deadline"),
                    FieldPanel("day_count", help_text=_("Counts only where the deadline is one of days.")),
                    FieldPanel("receipt_wait_minutes"),
                ],
                heading=_("By when"),
            ),
        ],
        base_form_class=EventTypeForm,
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("restore/<str:code>/", restore, name="restore")]
