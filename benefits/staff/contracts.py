"""Contracts with providers in the admin: listed, added and changed, with a price for each service."""

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.forms import modelform_factory
from django.http import HttpResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from benefits.actions.keep_contract import ContractsOverlap, PriceInUse, keep_contract
from benefits.models import Contract, ContractPrice, Service
from benefits.staff.keeping import KeptByAction
from benefits.staff.of_provider import OfProviderForm
from benefits.staff.refusing import Refusing
from members.staff.permissions import OnlyActions

register_permission_policy(Contract, OnlyActions(Contract, actions={"view", "add", "change"}))
PRICE = ContractPrice._meta.get_field("price")


class ContractForm(OfProviderForm):
    """With a field for the price of each service; empty, nothing is agreed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prices = dict(self.instance.prices.values_list("service", "price")) if self.instance.pk else {}
        self.services = list(Service.objects.exclude(mode=Service.Mode.AUTOMATIC))
        for service in self.services:
            self.fields[self.price_name(service)] = forms.DecimalField(
                label=service.name,
                min_value=0,
                max_digits=PRICE.max_digits,
                decimal_places=PRICE.decimal_places,
                required=False,
                initial=prices.get(service.pk),
            )

    def price_name(self, service: Service) -> str:
        return f"price_{service.pk}"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        provider, starts_on, ends_on = (data.get(name) for name in ("provider", "starts_on", "ends_on"))
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The end has to come after the beginning."))
        elif provider and starts_on and ends_on:
            wanted = Contract(pk=self.instance.pk, provider=provider, starts_on=starts_on, ends_on=ends_on)
            if other := Contract.objects.overlapping(wanted).first():
                self.add_error("starts_on", str(ContractsOverlap(other)))
        return data

    def prices(self) -> dict[Service, Any]:
        """Those that were touched."""
        names = {service: self.price_name(service) for service in self.services}
        return {service: self.cleaned_data[name] for service, name in names.items() if name in self.changed_data}

    def own_fields(self) -> list[Any]:
        return [self[name] for name in self._meta.fields]

    def price_fields(self) -> list[Any]:
        return [self[self.price_name(service)] for service in self.services]


class KeepsContract(KeptByAction, Refusing):
    """The action writes the whole form; what it refuses stands at the field that it is about."""

    template_name = "benefits/staff/contract_form.html"

    def keep(self) -> Contract:
        return keep_contract(contract=self.form.save(commit=False), prices=self.form.prices())

    def form_valid(self, form: ContractForm) -> HttpResponse:
        try:
            return super().form_valid(form)  # type: ignore[misc]
        except ContractsOverlap as refusal:
            return self.refuse(form, "starts_on", refusal)
        except PriceInUse as refusal:
            return self.refuse(form, form.price_name(refusal.service), refusal)

    def get_success_url(self) -> str:
        return reverse("providers:inspect", args=[self.object.provider_id])  # type: ignore[attr-defined]


class AddContract(KeepsContract, generic.CreateView):
    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "provider": self.request.GET.get("provider")}


class ChangeContract(KeepsContract, generic.EditView):
    pass


class ContractFilterSet(WagtailFilterSet):
    class Meta:
        model = Contract
        fields = ["provider"]


class ContractIndex(generic.IndexView):
    any_permission_required = ("view",)

    def get_base_queryset(self) -> QuerySet[Contract]:
        return Contract.objects.select_related("provider").annotate(priced=Count("prices"))


class ContractViewSet(ModelViewSet):
    model = Contract
    name = "provider_contracts"
    url_prefix = "providers/contracts"
    icon = "doc-full"
    menu_label = _("Contracts")
    menu_name = "provider-contracts"
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class, add_view_class, edit_view_class = ContractIndex, AddContract, ChangeContract
    create_template_name = edit_template_name = KeepsContract.template_name
    filterset_class = ContractFilterSet
    form_fields = ["provider", "contract_no", "starts_on", "ends_on"]
    search_fields = ["contract_no", "provider__name_zh"]
    search_backend_name = None
    list_per_page = 50
    ordering = ["-starts_on", "contract_no"]
    list_display = [
        # To the provider, for those, too, who may look and not change.
        TitleColumn(
            "contract_no",
            label=_("Contract number"),
            get_url=lambda each: reverse("providers:inspect", args=[each.provider_id]),
        ),
        Column("provider", label=_("Provider"), accessor="provider.name"),
        Column(
            "starts_on", label=_("Begins on"), accessor=lambda each: f"{each.starts_on:%Y-%m-%d}", sort_key="starts_on"
        ),
        Column("ends_on", label=_("Ends on"), accessor=lambda each: f"{each.ends_on:%Y-%m-%d}", sort_key="ends_on"),
        Column("priced", label=_("Services with a price"), sort_key="priced"),
    ]

    def get_form_class(self, for_update: bool = False) -> Any:
        return modelform_factory(Contract, form=ContractForm, fields=self.form_fields)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("delete_url_name", "usage_url_name"))
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_urlpatterns(self) -> list[URLPattern]:
        shown = ("index", "index_results", "add", "edit", "history", "history_results")
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in shown]
