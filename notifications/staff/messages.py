"""The message log: what was sent to whom, when, and what became of it. Nothing is written here but decisions."""

from contextlib import suppress

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.urls import URLPattern, path
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.permissions import register_permission_policy

from members.crypto import blind_index
from members.models import Agent, Customer
from members.phone import NotAMobileNumber, e164
from members.staff.finding import FindingIndexView
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingViewSet
from notifications.areas import AREAS
from notifications.models import EventType, Message
from notifications.queries import UNDECIDED
from notifications.staff import message_page

register_permission_policy(Message, OnlyActions(Message, actions={"view"}))

ONLY = [("on", _("yes"))]


def about(text: str) -> Q:
    """Messages about what staff type: a policy number, customer number, name, phone number, e-mail or event code.

    People and types are looked up first, so that the condition is on the messages' own columns and their indexes
    serve it.
    """
    people = Q(customer_no=text) | Q(name=text) | Q(email_index=blind_index(text, "email"))
    found = Q(policy_no=text) | Q(address_index=blind_index(text, "address"))
    with suppress(NotAMobileNumber):
        number = e164(text)
        people |= Q(mobile_index=blind_index(number, "mobile"))
        found |= Q(address_index=blind_index(number, "address"))
    if customers := list(Customer.objects.filter(people).values_list("pk", flat=True)):
        found |= Q(customer__in=customers)
    if agents := list(Agent.objects.filter(name=text).values_list("pk", flat=True)):
        found |= Q(agent__in=agents)
    if EventType.objects.filter(code=text).exists():
        found |= Q(event_type=text)
    return found


class MessageFilterSet(WagtailFilterSet):
    # Not a checkbox, which Wagtail would show as a filter in force even when it is not ticked.
    needs_a_person = django_filters.ChoiceFilter(
        method="only_undecided", label=_("Needs a person"), choices=ONLY, empty_label=_("All")
    )
    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=Message.State.choices, widget=forms.CheckboxSelectMultiple
    )
    area = django_filters.ChoiceFilter(field_name="event_type__area", label=_("Area"), choices=list(AREAS.items()))
    event_type = django_filters.ModelChoiceFilter(queryset=EventType.objects.all(), label=_("Event type"))
    created_at = django_filters.DateFromToRangeFilter(label=_("Created"), widget=DateRangePickerWidget)
    late = django_filters.ChoiceFilter(method="only_late", label=_("Late"), choices=ONLY, empty_label=_("All"))

    class Meta:
        model = Message
        fields = ["channel", "state", "needs_a_person", "late", "event_type", "area", "created_at"]

    def only_undecided(self, queryset: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        return queryset.filter(state__in=UNDECIDED) if value else queryset

    def only_late(self, queryset: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        return queryset.filter(Message.objects.is_late()) if value else queryset


class MessageIndex(FindingIndexView):
    find_help = _("Policy number, customer number, whole name or mobile number, e-mail, or event code")

    def get_base_queryset(self) -> QuerySet[Message]:
        return Message.objects.select_related("event_type", "customer", "agent", "member")

    def matching(self, queryset: QuerySet[Message], text: str) -> QuerySet[Message]:
        return queryset.filter(about(text))


def recipient_name(message: Message) -> str:
    person = message.customer or message.agent or message.member
    return person.name if person else "—"


def due(message: Message) -> str:
    return f"{localtime(message.due_at):%Y-%m-%d %H:%M}"


class MessageViewSet(ShowingViewSet):
    model = Message
    name = "notification_messages"
    url_prefix = "notifications/messages"
    icon = "history"
    menu_label = _("Messages")
    menu_name = "notification-messages"
    inspect_view_class = message_page.MessagePage
    inspect_template_name = message_page.MessagePage.template_name
    index_view_class = MessageIndex
    filterset_class = MessageFilterSet
    ordering = ["-id"]
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
        # Often yet to come, which DateColumn would call "just now".
        Column("due_at", label=_("Due"), accessor=due, sort_key="due_at"),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("redrive/<int:pk>/", message_page.redrive, name="redrive"),
            path("settle/<int:pk>/", message_page.settle, name="settle"),
            path("text/<int:pk>/", message_page.show_text, name="text"),
            path("letter/<int:pk>/", message_page.letter, name="letter"),
        ]
