"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from benefits.staff import customer_entitlements, customer_tiers
from benefits.staff.bookings_menu import VisitsGroup
from benefits.staff.desk_menu import DeskGroup
from benefits.staff.entitlements_menu import EntitlementsGroup
from benefits.staff.grants import grants_waiting
from benefits.staff.home import desks_waiting, imports_waiting, visits_waiting
from benefits.staff.providers_menu import ProvidersGroup
from benefits.staff.tiers_menu import TiersGroup
from members.staff.home import HOOK
from members.staff.member_file import ACTS_HOOK

hooks.register(HOOK, grants_waiting)
hooks.register(HOOK, desks_waiting)
hooks.register(HOOK, imports_waiting)
hooks.register(HOOK, visits_waiting)
hooks.register(ACTS_HOOK, customer_tiers.member_acts)
hooks.register(ACTS_HOOK, customer_entitlements.member_acts)


@hooks.register("register_admin_viewset")
def tiers() -> TiersGroup:
    return TiersGroup()


@hooks.register("register_admin_viewset")
def entitlements() -> EntitlementsGroup:
    return EntitlementsGroup()


@hooks.register("register_admin_viewset")
def providers() -> ProvidersGroup:
    return ProvidersGroup()


@hooks.register("register_admin_viewset")
def desks() -> DeskGroup:
    return DeskGroup()


@hooks.register("register_admin_viewset")
def visits() -> VisitsGroup:
    return VisitsGroup()


@hooks.register("register_log_actions")
def looks(actions: LogActionRegistry) -> None:
    actions.register_action("benefits.read_tier", _("Look at the VIP tier"), _("looked at the VIP tier"))
    actions.register_action(
        "benefits.read_entitlements", _("Look at the entitlements"), _("looked at the entitlements")
    )
    actions.register_action("benefits.close_day", _("Close a day"), _("closed a day"))
    actions.register_action("benefits.open_day", _("Open again"), _("opened a day again"))
    actions.register_action("benefits.call_off_visit", _("Call the visit off"), _("called a visit off"))
    actions.register_action("benefits.close_settlement", _("Close the month"), _("closed the month"))
    actions.register_action("benefits.decide_dispute", _("Decide a dispute"), _("decided a dispute"))
    actions.register_action("benefits.add_desk_worker", _("Add a worker"), _("added a worker at the desk"))
    actions.register_action("benefits.remove_desk_worker", _("Remove a worker"), _("removed a worker at the desk"))
    actions.register_action("benefits.read_case", _("Read a case"), _("read what is said in the case"))
