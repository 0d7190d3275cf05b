"""The menu "VIP tiers": who has which and why, and by which rules."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from benefits.staff.customer_tiers import CustomerTierViewSet
from benefits.staff.tier_terms import TierTermsViewSet


class TiersGroup(ModelViewSetGroup):
    menu_label = _("VIP tiers")
    menu_icon = "pick"
    menu_name = "tiers"
    menu_order = 206
    items = (CustomerTierViewSet, TierTermsViewSet)
