"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from benefits.staff.customer_tiers import member_acts
from benefits.staff.tiers_menu import TiersGroup
from members.staff.member_file import ACTS_HOOK

hooks.register(ACTS_HOOK, member_acts)


@hooks.register("register_admin_viewset")
def tiers() -> TiersGroup:
    return TiersGroup()


@hooks.register("register_log_actions")
def looks_at_tiers(actions: LogActionRegistry) -> None:
    actions.register_action("benefits.read_tier", _("Look at the VIP tier"), _("looked at the VIP tier"))
