"""The menu "Policy events": what of the log needs a person."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from members.staff.parked_events import ParkedEventViewSet
from members.staff.waiting_events import WaitingEventViewSet


class PolicyEventsGroup(ModelViewSetGroup):
    menu_label = _("Policy events")
    menu_icon = "list-ul"
    menu_name = "policy-events"
    menu_order = 220
    items = (ParkedEventViewSet, WaitingEventViewSet)
