"""Who works at the desks of providers: listed, added by the mobile number of their account, and taken away."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from benefits.actions.staff_desk import add_desk_worker, remove_desk_worker
from benefits.models import DeskWorker, Provider
from benefits.refusals import BenefitRefused
from members.models import Member
from members.staff import masking
from members.staff.permissions import OnlyActions

register_permission_policy(DeskWorker, OnlyActions(DeskWorker, actions={"view", "add", "delete"}))


class AddForm(forms.Form):
    provider = forms.ModelChoiceField(label=_("Provider"), queryset=Provider.objects.filter(is_active=True))
    mobile = forms.CharField(
        label=_("mobile number"),
        max_length=20,
        help_text=_("Of the account that they sign in with. It is never an account of our own staff."),
    )

    def __init__(self, *args: Any, instance: DeskWorker | None = None, for_user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class WorkerIndex(generic.IndexView):
    page_title = _("Workers at desks")

    def get_base_queryset(self) -> QuerySet[DeskWorker]:
        return DeskWorker.objects.select_related("member", "provider", "added_by")


class AddView(generic.CreateView):
    page_title = _("Add somebody at a desk")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items()[:-1], {"url": "", "label": self.page_title}]

    def form_valid(self, form: AddForm) -> HttpResponse:
        given = form.cleaned_data
        try:
            add_desk_worker(mobile=given["mobile"], provider=given["provider"], by=cast(Member, self.request.user))
        except BenefitRefused as refusal:
            form.add_error("mobile", str(refusal))
            self.produced_error_message = self.get_error_message()
            return self.form_invalid(form)
        messages.success(self.request, _now("Added: they find the desk on their page “Me”."))
        return redirect(self.get_success_url())


class RemoveView(generic.DeleteView):
    page_title = _("Take away from the desk")
    success_message = _("Taken away: the account sees nothing of the provider's any more.")

    def delete_action(self) -> None:
        remove_desk_worker(worker_id=self.object.pk, by=cast(Member, self.request.user))


class DeskWorkerViewSet(ModelViewSet):
    model = DeskWorker
    name = "desk_workers"
    url_prefix = "benefits/desk-workers"
    icon = "user"
    menu_label = _("Workers at desks")
    menu_name = "desk-workers"
    copy_view_enabled = False
    add_to_reference_index = False
    ordering = ("provider__name_zh", "pk")
    index_view_class, add_view_class, delete_view_class = WorkerIndex, AddView, RemoveView
    list_display = (
        Column("name", label=_("Name"), accessor=lambda worker: worker.member.name or "—"),
        Column("mobile", label=_("mobile number"), accessor=lambda worker: masking.phone(worker.member.mobile)),
        Column("provider", label=_("Provider")),
        DateColumn("since", label=_("Since")),
        Column("added_by", label=_("Added by"), accessor=lambda worker: worker.added_by.name),
    )

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = {"edit_url_name": None, "history_url_name": None, "usage_url_name": None}
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_form_class(self, for_update: bool = False) -> type[AddForm]:
        return AddForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/", self.add_view, name="add"),
            path("<int:pk>/remove/", self.delete_view, name="delete"),
        ]
