"""How much is used, by service and by what gives it: a picture, and the same as a table."""

from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from benefits.models import Tier
from benefits.queries.usage import Usage, place, usage_of
from benefits.staff.wording import count, giver_name
from members.charts import stacked_bars
from members.staff.permissions import shown_to

SEE = "benefits.view_entitlement"
#: The tiers from gold to black, then products, then what staff gave.
COLOURS = ("#c9a227", "#8a9aa5", "#3f7fbf", "#5b4b8a", "#2e7d4f", "#e08e0b")


def chart(found: list[Usage]) -> str:
    """Uses, booked ones too: a bar per service, in it a part per tier; all products are one part."""
    services = {usage.service.pk: usage.service.name for usage in found}
    parts: dict[str, dict[int, int]] = {}
    for usage in sorted(found, key=lambda each: place(each.giver)):
        known = usage.giver in Tier.values or usage.giver == "grant"
        name = giver_name(usage.giver) if known else str(_("policies"))
        part = parts.setdefault(name, dict.fromkeys(services, 0))
        part[usage.service.pk] += usage.used + usage.booked
    series = {name: list(part.values()) for name, part in parts.items()}
    return stacked_bars(list(services.values()), series, COLOURS)


class UsagePage(PermissionRequiredMixin, WagtailAdminTemplateMixin, TemplateView):
    permission_required = SEE
    page_title = _("Use of benefits")
    header_icon = "table"
    template_name = "benefits/staff/usage.html"

    def get_breadcrumbs_items(self) -> list[dict[str, object]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = usage_of(on=timezone.localdate())
        return super().get_context_data(
            chart=chart(found),
            rows=[(usage, giver_name(usage.giver), count(usage.quota)) for usage in found],
            **kwargs,
        )


class UsageViewSet(ViewSet):
    name = "benefit_usage"
    url_prefix = "benefits/usage"
    icon = "table"
    menu_label = _("Use of benefits")
    menu_name = "benefit-usage"
    menu_item_class = shown_to(SEE)

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("", UsagePage.as_view(), name="index")]
