"""The providers as all workers see them: who is left alone, since which error, and how fast each may be called."""

from typing import Any

from django import forms
from django.urls import URLPattern
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, DateColumn, StatusFlagColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permissions import register_permission_policy

from members.models import Member
from members.staff.permissions import OnlyActions
from notifications.actions.set_provider_rate import set_provider_rate
from notifications.models import ProviderState
from notifications.provider_wording import worded

register_permission_policy(ProviderState, OnlyActions(ProviderState, actions={"view", "change"}))


class ProviderForm(WagtailAdminModelForm):
    # Nought would mean no limit at all.
    rate_per_s = forms.IntegerField(
        label=_("messages per second"), help_text=_("empty: as fast as it takes them"), required=False, min_value=1
    )

    class Meta:
        model = ProviderState
        fields = ["rate_per_s"]


class ProviderEditView(generic.EditView):
    def save_instance(self) -> ProviderState:
        provider: ProviderState = self.form.instance
        assert isinstance(self.request.user, Member)  # the permission was checked
        set_provider_rate(provider=provider, rate_per_s=self.form.cleaned_data["rate_per_s"], by=self.request.user)
        return provider


def is_paused(provider: ProviderState) -> bool:
    return provider.paused_until is not None and provider.paused_until > timezone.now()


def paused_until(provider: ProviderState) -> str:
    return f"{localtime(provider.paused_until):%Y-%m-%d %H:%M:%S}" if is_paused(provider) else ""


class ProviderViewSet(ModelViewSet):
    model = ProviderState
    name = "notification_providers"
    url_prefix = "notifications/providers"
    icon = "site"
    menu_label = _("Providers")
    menu_name = "notification-providers"
    add_to_reference_index = False
    copy_view_enabled = False
    edit_view_class = ProviderEditView
    ordering = ["name"]
    list_display = [
        "__str__",
        StatusFlagColumn("paused", label=_("State"), accessor=is_paused, true_label=_("left alone")),
        # Yet to come, which DateColumn would call "just now".
        Column("paused_until", label=_("Left alone until"), accessor=paused_until),
        Column("failures", label=_("Batches failed in a row")),
        Column("last_error", label=_("Last error"), accessor=lambda provider: worded(provider.last_error)),
        DateColumn("last_failed_at", label=_("Last failure")),
        Column("rate_per_s", label=_("Messages per second")),
    ]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("add_url_name", "delete_url_name", "usage_url_name"))
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_form_class(self, for_update: bool = False) -> type[ProviderForm]:
        return ProviderForm

    def get_urlpatterns(self) -> list[URLPattern]:
        shown = ("index", "index_results", "edit", "history", "history_results")
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in shown]
