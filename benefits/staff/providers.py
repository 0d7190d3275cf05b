"""Institutions in the admin: listed, shown with their sites and contracts, added and changed."""

from typing import Any

import django_filters
from django.db.models import Avg, Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Round
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusFlagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from benefits.actions.keep_provider import keep_provider
from benefits.models import Booking, Contract, Provider, Site
from benefits.staff.keeping import KeptByAction
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView

register_permission_policy(Provider, OnlyActions(Provider, actions={"view", "add", "change"}))
SHOWN = ("index", "index_results", "add", "edit", "inspect", "history", "history_results")


def with_facts(providers: QuerySet[Provider]) -> QuerySet[Provider]:
    """`sites_count`, `contract_until` of the contract of today, `rating` of 1 to 5 and how many `ratings` it is of."""
    today = timezone.localdate()
    rated = Booking.objects.filter(slot__at__site__provider=OuterRef("pk"), rating__isnull=False).order_by()
    by_provider = rated.values("slot__at__site__provider")
    return providers.annotate(
        sites_count=Count("sites", distinct=True),
        contract_until=Subquery(Contract.objects.on(today).filter(provider=OuterRef("pk")).values("ends_on")),
        rating=Subquery(by_provider.annotate(mean=Round(Avg("rating"), 1)).values("mean")),
        ratings=Subquery(by_provider.annotate(count=Count("pk")).values("count")),
    )


def rating_text(provider: Any) -> str:
    return f"{provider.rating:.1f} ({provider.ratings:,})" if provider.rating is not None else "—"


def contract_until(provider: Any) -> str:
    return f"{provider.contract_until:%Y-%m-%d}" if provider.contract_until else "—"


def cities() -> list[tuple[str, str]]:
    names = Site.objects.order_by("city").values_list("city", flat=True).distinct()
    return [(name, name) for name in names]


class ProviderFilterSet(WagtailFilterSet):
    city = django_filters.ChoiceFilter(label=_("city"), choices=cities, method="in_city")

    class Meta:
        model = Provider
        fields = ["kind", "city", "is_active"]

    def in_city(self, queryset: QuerySet[Provider], name: str, value: str) -> QuerySet[Provider]:
        return queryset.filter(pk__in=Site.objects.filter(city=value).values("provider"))


class ProviderIndex(generic.IndexView):
    any_permission_required = ("view",)

    def get_base_queryset(self) -> QuerySet[Provider]:
        return with_facts(Provider.objects.all())


class ProviderPage(ShowingInspectView):
    template_name = "benefits/staff/provider.html"
    page_title = _("Provider")

    def get_page_subtitle(self) -> str:
        return str(self.object.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        provider = with_facts(Provider.objects.filter(pk=self.object.pk)).get()
        may = self.request.user.has_perm
        return super().get_context_data(
            provider=provider,
            rating=rating_text(provider),
            sites=provider.sites.prefetch_related("services__service"),
            contracts=provider.contracts.prefetch_related("prices__service"),
            today=timezone.localdate(),
            may_add_sites=may("benefits.add_site"),
            may_add_contracts=may("benefits.add_contract"),
            may_change_contracts=may("benefits.change_contract"),
            **kwargs,
        )


class KeepsProvider(KeptByAction):
    def keep(self) -> Provider:
        return keep_provider(provider=self.form.save(commit=False))


class AddProvider(KeepsProvider, generic.CreateView):
    pass


class ChangeProvider(KeepsProvider, generic.EditView):
    pass


class ProviderViewSet(ModelViewSet):
    model = Provider
    name = "providers"
    url_prefix = "providers/list"
    icon = "group"
    menu_label = _("Providers")
    menu_name = "providers-list"
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class, inspect_view_class = ProviderIndex, ProviderPage
    add_view_class, edit_view_class = AddProvider, ChangeProvider
    inspect_template_name = ProviderPage.template_name
    filterset_class = ProviderFilterSet
    form_fields = ["provider_no", "name_zh", "name_en", "kind", "since", "is_active", "has_system"]
    search_fields = ["name_zh", "name_en", "provider_no"]
    search_backend_name = None
    list_per_page = 50
    ordering = ["name_zh"]
    list_display = [
        TitleColumn("name", label=_("Institution"), accessor="name", url_name="providers:inspect"),
        Column("provider_no", label=_("Provider number"), sort_key="provider_no"),
        Column("kind", label=_("Kind"), accessor="get_kind_display", sort_key="kind"),
        Column("sites_count", label=_("Sites"), sort_key="sites_count"),
        Column("rating", label=_("Rating"), accessor=rating_text, sort_key="rating"),
        Column("contract", label=_("Under contract until"), accessor=contract_until),
        Column("since", label=_("Partner since"), accessor=lambda each: f"{each.since:%Y-%m-%d}", sort_key="since"),
        StatusFlagColumn("is_active", label=_("State"), true_label=_("active"), false_label=_("no partner any more")),
    ]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("delete_url_name", "usage_url_name"))
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_urlpatterns(self) -> list[URLPattern]:
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in SHOWN]
