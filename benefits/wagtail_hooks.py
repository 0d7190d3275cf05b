"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from benefits.staff.customer_entitlements import member_acts
from benefits.staff.entitlements_menu import EntitlementsGroup
from benefits.staff.grants import grants_waiting
from members.staff.home import HOOK
from members.staff.member_file import ACTS_HOOK

hooks.register(HOOK, grants_waiting)
hooks.register(ACTS_HOOK, member_acts)


@hooks.register("register_admin_viewset")
def entitlements() -> EntitlementsGroup:
    return EntitlementsGroup()


@hooks.register("register_log_actions")
def looks_at_entitlements(actions: LogActionRegistry) -> None:
    actions.register_action(
        "benefits.read_entitlements", _("Look at the entitlements"), _("looked at the entitlements")
    )
