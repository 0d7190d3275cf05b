"""Events that have waited for their policy or customer for more than 72 hours (docs/feeds.md)."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.permissions import register_permission_policy

from members.models import PolicyEvent
from members.staff import event_page
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingViewSet

register_permission_policy(PolicyEvent, OnlyActions(PolicyEvent, actions={"view"}))


class WaitingEventIndex(generic.IndexView):
    page_title = _("Events waiting for more than 72 hours")

    def get_base_queryset(self) -> QuerySet[PolicyEvent]:
        return PolicyEvent.objects.waiting_too_long().defer("data")


class EventPage(generic.InspectView):
    template_name = "members/staff/event.html"
    page_title = _("Waiting event")

    def get_page_subtitle(self) -> str:
        return event_page.type_name(self.object.type)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**event_page.facts(self.request, self.object), **kwargs)


class WaitingEventViewSet(ShowingViewSet):
    model = PolicyEvent
    name = "waiting_events"
    icon = "time"
    menu_label = _("Waiting events")
    inspect_view_class = EventPage
    inspect_template_name = EventPage.template_name
    index_view_class = WaitingEventIndex
    ordering = ["id"]
    list_filter = ["subject_kind"]
    list_display = [
        TitleColumn(
            "type",
            label=_("Event"),
            accessor=lambda event: event_page.type_name(event.type),
            url_name="waiting_events:inspect",
        ),
        Column("subject_kind", label=_("Waits for"), accessor="get_subject_kind_display"),
        Column("subject", label=_("Subject")),
        Column("customer_no", label=_("Customer number")),
        Column("source", label=_("Source")),
        DateColumn("accepted_at", label=_("Accepted")),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/data/", event_page.show_data, name="data")]
