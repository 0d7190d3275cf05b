"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from benefits.staff.desk_menu import DeskGroup
from benefits.staff.home import desks_waiting
from members.staff.home import HOOK

hooks.register(HOOK, desks_waiting)


@hooks.register("register_admin_viewset")
def desks() -> DeskGroup:
    return DeskGroup()


@hooks.register("register_log_actions")
def desk_actions(actions: LogActionRegistry) -> None:
    actions.register_action("benefits.close_settlement", _("Close the month"), _("closed the month"))
    actions.register_action("benefits.decide_dispute", _("Decide a dispute"), _("decided a dispute"))
    actions.register_action("benefits.add_desk_worker", _("Add a worker"), _("added a worker at the desk"))
    actions.register_action("benefits.remove_desk_worker", _("Remove a worker"), _("removed a worker at the desk"))
    actions.register_action("benefits.read_case", _("Read a case"), _("read what is said in the case"))
