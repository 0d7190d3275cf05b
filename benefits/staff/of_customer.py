"""What pages about one customer's benefits have in common."""

from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from members.models import Customer

#: Whoever sees customers' entitlements.
SEE = "benefits.view_entitlement"


class OfCustomer(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page about one customer's entitlements."""

    header_icon = "list-ul"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.has_permission():
            people = Customer.objects.filter(kind=Customer.Kind.INDIVIDUAL)
            self.customer = get_object_or_404(people, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    @property
    def file_url(self) -> str:
        return reverse("customer_entitlements:customer", args=[self.customer.pk])

    def get_page_subtitle(self) -> str:
        return str(self.customer)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("customer_entitlements:index"), "label": _("Customers' entitlements")}
        return [*super().get_breadcrumbs_items(), index, *self.below()]

    def below(self) -> list[dict[str, Any]]:
        return [{"url": "", "label": self.get_page_subtitle()}]
