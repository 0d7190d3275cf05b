"""The message log: what was sent to whom, when, and what became of it. Nothing is written here but decisions."""

from contextlib import suppress
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from members.crypto import blind_index
from members.phone import NotAMobileNumber, e164
from notifications.areas import AREAS
from notifications.models import EventType, Message
from notifications.staff import message_page
from notifications.staff.permissions import WithoutActions

register_permission_policy(Message, WithoutActions(Message, without={"add", "change", "delete"}))
NEEDS_A_PERSON = (Message.State.PARKED, Message.State.UNCERTAIN, Message.State.FAILED)


def about(text: str) -> Q:
    """Messages about what staff type: a policy number, customer number, name, phone number, e-mail or event code."""
    found = (
        Q(policy_no=text)
        | Q(customer__customer_no=text)
        | Q(customer__name=text)
        | Q(agent__name=text)
        | Q(event_type__code=text)
        | Q(address_index=blind_index(text, "address"))
    )
    with suppress(NotAMobileNumber):
        found |= Q(address_index=blind_index(e164(text), "address"))
    return found


class MessageFilterSet(WagtailFilterSet):
    about = django_filters.CharFilter(
        method="only_about",
        label=_("About"),
        help_text=_("policy, customer number, name, phone number, e-mail or event code"),
        widget=forms.TextInput,
    )
    needs_a_person = django_filters.BooleanFilter(
        method="only_undecided", label=_("Needs a person"), widget=forms.CheckboxInput
    )
    area = django_filters.ChoiceFilter(field_name="event_type__area", label=_("Area"), choices=list(AREAS.items()))
    event_type = django_filters.ModelChoiceFilter(queryset=EventType.objects.all(), label=_("Event type"))
    created_at = django_filters.DateFromToRangeFilter(label=_("Created"), widget=DateRangePickerWidget)
    late = django_filters.BooleanFilter(method="only_late", label=_("Late"), widget=forms.CheckboxInput)

    class Meta:
        model = Message
        fields = ["about", "channel", "state", "needs_a_person", "late", "event_type", "area", "created_at"]

    def only_about(self, queryset: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        return queryset.filter(about(value.strip()))

    def only_undecided(self, queryset: QuerySet[Message], name: str, value: bool) -> QuerySet[Message]:
        return queryset.filter(state__in=NEEDS_A_PERSON) if value else queryset

    def only_late(self, queryset: QuerySet[Message], name: str, value: bool) -> QuerySet[Message]:
        return queryset.filter(Message.objects.is_late()) if value else queryset


class MessageIndex(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[Message]:
        return Message.objects.select_related("event_type", "customer", "agent", "member")


def recipient_name(message: Message) -> str:
    person = message.customer or message.agent or message.member
    return person.name if person else "—"


class MessageViewSet(ModelViewSet):
    model = Message
    name = "notification_messages"
    url_prefix = "notifications/messages"
    icon = "history"
    menu_label = _("Messages")
    menu_name = "notification-messages"
    add_to_reference_index = False
    copy_view_enabled = False
    exclude_form_fields: list[str] = []
    inspect_view_enabled = True
    inspect_view_class = message_page.MessagePage
    inspect_template_name = message_page.MessagePage.template_name
    index_view_class = MessageIndex
    filterset_class = MessageFilterSet
    list_per_page = 50
    ordering = ["-id"]
    search_fields: list[str] = []
    list_display = [
        TitleColumn(
            "event_type",
            label=_("Event"),
            accessor=lambda message: message.event_type.name,
            url_name="notification_messages:inspect",
        ),
        Column("recipient", label=_("Recipient"), accessor=recipient_name),
        Column("role", label=_("Role"), accessor="get_role_display"),
        Column("policy_no", label=_("Policy")),
        Column("channel", label=_("Channel"), accessor="get_channel_display"),
        Column("state", label=_("State"), accessor="get_state_display", sort_key="state"),
        DateColumn("created_at", label=_("Created"), sort_key="created_at"),
        DateColumn("due_at", label=_("Due"), sort_key="due_at"),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("redrive/<int:pk>/", message_page.redrive, name="redrive"),
            path("settle/<int:pk>/", message_page.settle, name="settle"),
            path("text/<int:pk>/", message_page.show_text, name="text"),
            path("letter/<int:pk>/", message_page.letter, name="letter"),
        ]

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_index_view_kwargs(**kwargs), "is_searchable": False}
