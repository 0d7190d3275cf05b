"""The menu "Entitlements": who has what left, what staff gave, and how much is used."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from benefits.staff.customer_entitlements import EntitledViewSet
from benefits.staff.grants import GrantViewSet
from benefits.staff.usage import UsageViewSet


class EntitlementsGroup(ModelViewSetGroup):
    menu_label = _("Entitlements")
    menu_icon = "list-ul"
    menu_name = "entitlements"
    menu_order = 207
    items = (EntitledViewSet, GrantViewSet, UsageViewSet)
