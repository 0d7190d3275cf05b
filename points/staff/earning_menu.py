"""The menu "Earning points": who earns how many points for what."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSetGroup

from points.staff.campaigns import CampaignViewSet
from points.staff.payments import PaymentViewSet
from points.staff.rule_changes import RuleChangeViewSet
from points.staff.rules import RuleViewSet


class EarningGroup(ViewSetGroup):
    menu_label = _("Earning points")
    menu_icon = "plus-inverse"
    menu_name = "earning"
    menu_order = 240
    items = (RuleViewSet, RuleChangeViewSet, CampaignViewSet, PaymentViewSet)
