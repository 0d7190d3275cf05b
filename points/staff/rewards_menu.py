"""The menu "Rewards": what points are redeemed for, the codes that were bought, and what became of each request."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from points.staff.charity_projects import CharityProjectViewSet
from points.staff.redemptions import RedemptionViewSet
from points.staff.rewards import RewardViewSet
from points.staff.voucher_pools import VoucherPoolViewSet


class RewardsGroup(ModelViewSetGroup):
    menu_label = _("Rewards")
    menu_icon = "pick"
    menu_name = "rewards"
    menu_order = 205
    items = (RewardViewSet, VoucherPoolViewSet, RedemptionViewSet, CharityProjectViewSet)
