"""The staff's pages about notifications: one menu. A new page joins by adding its viewset to `items`."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from notifications.staff.event_types import EventTypeViewSet
from notifications.staff.figures import FiguresViewSet
from notifications.staff.messages import MessageViewSet
from notifications.staff.providers import ProviderViewSet
from notifications.staff.templates import TemplateViewSet


class NotificationsGroup(SnippetViewSetGroup):
    menu_label = _("Notifications")
    menu_icon = "mail"
    menu_name = "notifications"
    menu_order = 200
    items = (FiguresViewSet, MessageViewSet, TemplateViewSet, EventTypeViewSet, ProviderViewSet)
