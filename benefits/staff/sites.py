"""Sites in the admin: listed, shown with hours, services and closed days, added and changed."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import modelform_factory
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusFlagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from benefits.actions.keep_site import HoursAreBooked, SlotsAreBooked, keep_site
from benefits.models import Provider, Service, Site
from benefits.network.cells import hours_text
from benefits.staff.closing import CloseDay, open_again
from benefits.staff.keeping import KeptByAction
from benefits.staff.providers import SHOWN, cities
from benefits.staff.refusing import Refusing
from benefits.staff.site_form import SiteForm
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView

register_permission_policy(Site, OnlyActions(Site, actions={"view", "add", "change"}))


class SiteFilterSet(WagtailFilterSet):
    city = django_filters.ChoiceFilter(label=_("city"), choices=cities)
    kind = django_filters.ChoiceFilter(
        label=_("kind of provider"), choices=Provider.Kind.choices, field_name="provider__kind"
    )
    service = django_filters.ModelChoiceFilter(
        label=_("service"), queryset=Service.objects.filter(mode=Service.Mode.SLOT), field_name="services__service"
    )

    class Meta:
        model = Site
        fields = ["city", "kind", "service", "is_active"]


class SiteIndex(generic.IndexView):
    any_permission_required = ("view",)

    def get_base_queryset(self) -> QuerySet[Site]:
        return Site.objects.select_related("provider")


class SitePage(ShowingInspectView):
    template_name = "benefits/staff/site.html"
    page_title = _("Site")

    def get_page_subtitle(self) -> str:
        return str(self.object.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        site: Site = self.object
        spans: dict[int, list[Any]] = {weekday: [] for weekday in WEEKDAYS}
        for each in site.hours.all():
            spans[each.weekday].append((each.opens, each.closes))
        may = self.request.user.has_perm
        return super().get_context_data(
            site=site,
            hours=[(WEEKDAYS[weekday], hours_text(found).replace("|", ", ")) for weekday, found in spans.items()],
            offers=site.services.select_related("service").order_by("service"),
            closed_days=site.blackout_days.filter(day__gte=timezone.localdate()),
            may_change=may("benefits.change_site"),
            may_close=may("benefits.add_blackoutday"),
            may_open=may("benefits.delete_blackoutday"),
            **kwargs,
        )


class KeepsSite(KeptByAction, Refusing):
    """The action writes the whole form; what it refuses stands at the field that it is about."""

    template_name = "benefits/staff/site_form.html"

    def keep(self) -> Site:
        return keep_site(site=self.form.save(commit=False), hours=self.form.hours(), offers=self.form.offers())

    def form_valid(self, form: SiteForm) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except SlotsAreBooked as refusal:
            return self.refuse(form, f"minutes_{refusal.service.pk}", refusal)
        except HoursAreBooked as refusal:
            return self.refuse(form, f"hours_{refusal.weekday}", refusal)

    def get_success_url(self) -> str:
        return reverse("sites:inspect", args=[self.object.pk])  # type: ignore[attr-defined]


class AddSite(KeepsSite, generic.CreateView):
    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "provider": self.request.GET.get("provider"), "is_active": True}


class ChangeSite(KeepsSite, generic.EditView):
    def get_page_subtitle(self) -> str:
        return str(self.object.name)


class SiteViewSet(ModelViewSet):
    model = Site
    name = "sites"
    url_prefix = "providers/sites"
    icon = "site"
    menu_label = _("Sites")
    menu_name = "provider-sites"
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class, inspect_view_class = SiteIndex, SitePage
    add_view_class, edit_view_class = AddSite, ChangeSite
    inspect_template_name = SitePage.template_name
    create_template_name = edit_template_name = KeepsSite.template_name
    filterset_class = SiteFilterSet
    form_fields = [
        *("provider", "site_no", "name_zh", "name_en", "province", "city", "district", "address", "phone"),
        *("latitude", "longitude", "since", "is_active", "closed_on"),
    ]
    search_fields = ["name_zh", "name_en", "site_no", "address"]
    search_backend_name = None
    list_per_page = 50
    ordering = ["city", "name_zh"]
    list_display = [
        TitleColumn("name", label=_("Site"), accessor="name", url_name="sites:inspect"),
        Column("site_no", label=_("Site number"), sort_key="site_no"),
        Column("provider", label=_("Provider"), accessor="provider.name"),
        Column("city", label=_("City"), sort_key="city"),
        Column("address", label=_("Address"), accessor=lambda site: f"{site.district}{site.address}"),
        StatusFlagColumn("is_active", label=_("State"), true_label=_("active"), false_label=_("closed for good")),
    ]

    def get_form_class(self, for_update: bool = False) -> Any:
        return modelform_factory(Site, form=SiteForm, fields=self.form_fields)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("delete_url_name", "usage_url_name"))
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *(pattern for pattern in super().get_urlpatterns() if pattern.name in SHOWN),
            path("<int:pk>/close/", CloseDay.as_view(), name="close"),
            path("<int:pk>/open/<int:closed_id>/", open_again, name="open"),
        ]
