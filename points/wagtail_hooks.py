"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from members.staff.home import HOOK
from points.staff.earning_menu import EarningGroup
from points.staff.home import earning_waiting, rewards_waiting
from points.staff.rewards_menu import RewardsGroup

hooks.register(HOOK, earning_waiting)
hooks.register(HOOK, rewards_waiting)


@hooks.register("register_admin_viewset")
def earning() -> EarningGroup:
    return EarningGroup()


@hooks.register("register_admin_viewset")
def rewards() -> RewardsGroup:
    return RewardsGroup()


@hooks.register("register_log_actions")
def reward_actions(actions: LogActionRegistry) -> None:
    actions.register_action("points.settle_redemption", _("Settle"), _("settled it"))
    actions.register_action("points.withdraw_vouchers", _("Withdraw"), _("withdrew what was left"))
