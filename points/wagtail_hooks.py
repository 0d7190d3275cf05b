"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from members.staff.home import HOOK, WORK_HOOK
from members.staff.member_file import ACTS_HOOK
from points.staff.adjustments import adjustments_waiting
from points.staff.earning_menu import EarningGroup
from points.staff.givings_back import givings_back_waiting
from points.staff.home import earning_waiting, rewards_waiting
from points.staff.ledger_menu import LedgersGroup
from points.staff.ledgers import member_acts
from points.staff.rewards_menu import RewardsGroup
from points.staff.work import work_with_points

hooks.register(HOOK, earning_waiting)
hooks.register(HOOK, rewards_waiting)
hooks.register(HOOK, adjustments_waiting)
hooks.register(HOOK, givings_back_waiting)
hooks.register(ACTS_HOOK, member_acts)
hooks.register(WORK_HOOK, work_with_points)


@hooks.register("register_admin_viewset")
def earning() -> EarningGroup:
    return EarningGroup()


@hooks.register("register_admin_viewset")
def rewards() -> RewardsGroup:
    return RewardsGroup()


@hooks.register("register_log_actions")
def reward_actions(actions: LogActionRegistry) -> None:
    actions.register_action("points.settle_redemption", _("Settle"), _("settled it"))
    actions.register_action("points.withdraw_vouchers", _("Withdraw codes"), _("withdrew what was left"))


@hooks.register("register_admin_viewset")
def ledgers() -> LedgersGroup:
    return LedgersGroup()


@hooks.register("register_log_actions")
def looks_at_ledgers(actions: LogActionRegistry) -> None:
    actions.register_action("points.read_ledger", _("Look at the points"), _("looked at the points"))
