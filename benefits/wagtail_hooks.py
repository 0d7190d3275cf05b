"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from benefits.staff.providers_menu import ProvidersGroup


@hooks.register("register_admin_viewset")
def providers() -> ProvidersGroup:
    return ProvidersGroup()


@hooks.register("register_log_actions")
def closed_day_actions(actions: LogActionRegistry) -> None:
    actions.register_action("benefits.close_day", _("Close a day"), _("closed a day"))
    actions.register_action("benefits.open_day", _("Open again"), _("opened a day again"))
