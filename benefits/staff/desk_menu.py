"""The menu "Cases and settlement": what providers do for members, and what they are paid for it."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from benefits.staff.cases import CaseViewSet
from benefits.staff.desk_workers import DeskWorkerViewSet
from benefits.staff.disputes import DisputeViewSet
from benefits.staff.settlements import SettlementViewSet


class DeskGroup(ModelViewSetGroup):
    menu_label = _("Cases and settlement")
    menu_icon = "comment"
    menu_name = "benefits-desk"
    menu_order = 216
    items = (CaseViewSet, SettlementViewSet, DisputeViewSet, DeskWorkerViewSet)
