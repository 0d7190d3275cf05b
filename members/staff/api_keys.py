"""API keys: listed, issued (shown once), revoked. A key is never changed and never deleted."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log

from members.actions.issue_api_key import issue_api_key
from members.actions.revoke_api_key import revoke_api_key
from members.models import ApiKey, Scope


class IssueForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(label=_("scopes"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = ApiKey
        fields = ("name", "scopes")


def scope_names(key: ApiKey) -> str:
    return ", ".join(str(Scope(scope).label) for scope in key.scopes)


class KeyList(generic.IndexView):
    def get_delete_url(self, instance: ApiKey) -> str | None:
        return None if instance.revoked_at else super().get_delete_url(instance)

    def get_list_more_buttons(self, instance: ApiKey) -> list[MenuItem]:
        url = self.get_delete_url(instance)
        return [MenuItem(_("Revoke"), url=url, icon_name="cross", priority=10)] if url else []


@method_decorator(never_cache, name="dispatch")
class IssueView(generic.CreateView):
    page_title = _("New API key")
    submit_button_label = _("Issue the key")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items()[:-1], {"url": "", "label": self.page_title}]

    def form_valid(self, form: IssueForm) -> HttpResponse:
        scopes = [Scope(scope) for scope in form.cleaned_data["scopes"]]
        issued = issue_api_key(name=form.cleaned_data["name"], scopes=scopes, created_by=self.request.user)
        log(instance=issued.row, action="members.issue_api_key", user=self.request.user)
        context = {"key": issued.key, "row": issued.row, "index_url": self.get_success_url()}
        return TemplateResponse(self.request, "members/api_key_issued.html", context)


class RevokeView(generic.DeleteView):
    page_title = _("Revoke")
    template_name = "members/api_key_revoke.html"
    success_message = _("%(object)s is revoked.")

    def delete_action(self) -> None:
        revoke_api_key(prefix=self.object.prefix)
        log(instance=self.object, action="members.revoke_api_key", user=self.request.user)


class ApiKeyViewSet(ModelViewSet):
    model = ApiKey
    name = "api_keys"
    icon = "key"
    menu_label = _("API keys")
    menu_order = 800
    add_to_admin_menu = True
    copy_view_enabled = False
    ordering = ("name", "pk")
    index_view_class, add_view_class, delete_view_class = KeyList, IssueView, RevokeView
    list_display = (
        "name",
        Column("prefix", label=_("prefix")),
        Column("scopes", label=_("scopes"), accessor=scope_names),
        DateColumn("created_at", label=_("created")),
        DateColumn("last_used_at", label=_("last used")),
        DateColumn("revoked_at", label=_("revoked")),
    )

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = {"edit_url_name": None, "history_url_name": None, "usage_url_name": None}
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_form_class(self, for_update: bool = False) -> type[IssueForm]:
        return IssueForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/", self.add_view, name="add"),
            path("<int:pk>/revoke/", self.delete_view, name="delete"),
        ]
