"""Events that a consumer could not take: why, and once more, one by one or many at a time."""

from typing import Any

import django_filters
from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, DateColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.log_actions import log
from wagtail.permissions import register_permission_policy

from members.actions.redrive_parked_event import AlreadySettled, redrive_parked_event
from members.consumers import UnknownConsumer
from members.models import Member, ParkedEvent
from members.staff import event_page
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingViewSet
from members.tasks import redrive_parked_event as redrive_task

REDRIVE = "members.redrive_parkedevent"

register_permission_policy(ParkedEvent, OnlyActions(ParkedEvent, actions={"view", "redrive"}))


def consumer_name(consumer: str) -> str:
    """What the package that takes events under this name is called; the bare name of one that is gone."""
    return str(apps.get_app_config(consumer).verbose_name) if apps.is_installed(consumer) else consumer


class ParkedEventFilterSet(WagtailFilterSet):
    consumer = django_filters.AllValuesFilter(label=_("Consumer"))
    type = django_filters.AllValuesFilter(field_name="event__type", label=_("Type"))

    class Meta:
        model = ParkedEvent
        fields = ["consumer", "type"]


class ParkedEventIndex(generic.IndexView):
    def get_base_queryset(self) -> QuerySet[ParkedEvent]:
        return ParkedEvent.objects.unsettled().select_related("event")


class ParkedEventPage(generic.InspectView):
    template_name = "members/staff/parked_event.html"
    page_title = _("Parked event")

    def get_page_subtitle(self) -> str:
        return event_page.type_name(self.object.event.type)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        parked: ParkedEvent = self.object
        may_redrive = parked.settled_at is None and self.request.user.has_perm(REDRIVE)
        return super().get_context_data(
            parked=parked,
            consumer=consumer_name(parked.consumer),
            may_redrive=may_redrive,
            **event_page.facts(self.request, parked.event),
            **kwargs,
        )


@require_POST
def redrive(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the consumer try again, now, and says how it went."""
    user = request.user
    if not isinstance(user, Member) or not user.has_perm(REDRIVE):
        raise PermissionDenied
    here = redirect(reverse("parked_events:inspect", args=[pk]))
    try:
        redriven = redrive_parked_event(parked_id=pk, by=user)
    except ParkedEvent.DoesNotExist:
        return redirect(reverse("parked_events:index"))
    except AlreadySettled:
        messages.info(request, _now("The event has been taken in the meantime."))
        return here
    except UnknownConsumer:
        messages.error(request, _now("This consumer does not exist any more."))
        return here
    log(instance=ParkedEvent.objects.get(pk=pk), action="members.redrive_event", user=user)
    if redriven.settled:
        messages.success(request, _now("The event has been taken."))
    else:
        messages.error(request, _now("The event failed again; the new reason stands below."))
    return here


class RedriveBulkAction(BulkAction):
    """Many at a time: each in a task of its own, so that one that takes long or fails holds up no other."""

    display_name = _("Try again")
    aria_label = _("Try the selected events again")
    action_type = "redrive"
    template_name = "members/staff/redrive_parked_events.html"
    models = [ParkedEvent]

    def check_perm(self, parked: ParkedEvent) -> bool:
        return parked.settled_at is None and self.request.user.has_perm(REDRIVE)

    def get_all_objects_in_listing_query(self, parent_id: object) -> QuerySet[Any]:
        return ParkedEvent.objects.unsettled().values_list("pk", flat=True)

    def get_execution_context(self) -> dict[str, Any]:
        return {"user": self.request.user}

    @classmethod
    def execute_action(cls, objects: list[ParkedEvent], *, user: Any, **kwargs: Any) -> tuple[int, int]:
        for parked in objects:
            log(instance=parked, action="members.redrive_event", user=user)
            transaction.on_commit(lambda pk=parked.pk: redrive_task.delay(pk, user.pk))  # type: ignore[misc]
        return len(objects), 0

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str:
        return ngettext(
            "%(count)d event is being tried again.", "%(count)d events are being tried again.", num_parent_objects
        ) % {"count": num_parent_objects}


class ParkedEventViewSet(ShowingViewSet):
    model = ParkedEvent
    name = "parked_events"
    icon = "warning"
    menu_label = _("Parked events")
    inspect_view_class = ParkedEventPage
    inspect_template_name = ParkedEventPage.template_name
    index_view_class = ParkedEventIndex
    index_template_name = "members/staff/parked_events.html"
    filterset_class = ParkedEventFilterSet
    ordering = ["-parked_at", "-pk"]
    list_display = [
        BulkActionsCheckboxColumn("bulk_actions", obj_type="parked"),
        TitleColumn(
            "event",
            label=_("Event"),
            accessor=lambda parked: event_page.type_name(parked.event.type),
            url_name="parked_events:inspect",
            get_title_id=lambda parked: f"parked_{parked.pk}_title",
        ),
        Column("subject", label=_("Subject"), accessor="event.subject"),
        Column(
            "consumer",
            label=_("Consumer"),
            accessor=lambda parked: consumer_name(parked.consumer),
            sort_key="consumer",
        ),
        Column("error", label=_("Reason"), accessor=lambda parked: parked.error.partition("\n")[0]),
        Column("attempts", label=_("Attempts"), sort_key="attempts"),
        DateColumn("parked_at", label=_("Parked"), sort_key="parked_at"),
    ]

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("<int:pk>/redrive/", redrive, name="redrive")]
