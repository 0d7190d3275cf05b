"""Where Wagtail's admin finds the staff's pages."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.site_summary import SummaryItem
from wagtail.log_actions import LogActionRegistry

from members.staff.home import HOOK
from notifications.staff import NotificationsGroup
from notifications.staff.home import TodaySummaryItem, messages_waiting


@hooks.register("construct_homepage_summary_items")
def today(request: HttpRequest, items: list[SummaryItem]) -> None:
    items.append(TodaySummaryItem(request))


hooks.register(HOOK, messages_waiting)


@hooks.register("register_admin_viewset")
def notifications() -> NotificationsGroup:
    return NotificationsGroup()


@hooks.register("register_log_actions")
def decisions(actions: LogActionRegistry) -> None:
    """What staff do with a message leaves a trace in its history."""
    actions.register_action("notifications.redrive", _("Send again"), _("sent again"))
    actions.register_action("notifications.settle", _("Record as sent"), _("recorded as sent"))
    actions.register_action("notifications.read_text", _("Read the text"), _("read the text"))
