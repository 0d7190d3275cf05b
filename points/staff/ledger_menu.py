"""The menu "Points": members' ledgers, what staff put right in them, and what is outstanding."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from points.staff.adjustments import AdjustmentViewSet
from points.staff.ledgers import LedgerViewSet
from points.staff.liability import LiabilityViewSet


class LedgersGroup(ModelViewSetGroup):
    menu_label = _("Points")
    menu_icon = "list-ul"
    menu_name = "points"
    menu_order = 204
    items = (LedgerViewSet, AdjustmentViewSet, LiabilityViewSet)
