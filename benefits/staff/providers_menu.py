"""The menu "Providers": institutions, where they serve, what is agreed with them, and how their number grows."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.model import ModelViewSetGroup

from benefits.staff.closing import ClosedDayViewSet
from benefits.staff.contracts import ContractViewSet
from benefits.staff.growth import GrowthViewSet
from benefits.staff.provider_imports import ProviderImportViewSet
from benefits.staff.providers import ProviderViewSet
from benefits.staff.sites import SiteViewSet


class ProvidersGroup(ModelViewSetGroup):
    menu_label = _("Providers")
    menu_icon = "group"
    menu_name = "providers"
    menu_order = 207
    items = (ProviderViewSet, SiteViewSet, ContractViewSet, ClosedDayViewSet, GrowthViewSet, ProviderImportViewSet)
