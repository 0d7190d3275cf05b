"""Pages that show the mirror of the insurer's core. They change nothing: the feed does."""

from contextlib import suppress
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from members.crypto import blind_index
from members.phone import NotAMobileNumber, e164

FOUND_AT_MOST = 100
SHOWN = ("index", "index_results", "inspect")


def people_matching(text: str, prefix: str = "") -> Q:
    """Customers by exact number or mobile number, or by a part of the name. `prefix`: the way to the customer."""
    found = Q(**{f"{prefix}customer_no": text}) | Q(**{f"{prefix}name__contains": text})
    with suppress(NotAMobileNumber):
        found |= Q(**{f"{prefix}mobile_index": blind_index(e164(text), "mobile")})
    return found


class FindingIndexView(generic.IndexView):
    """A list with a search by POST: what staff look for is personal, and an address ends up in logs."""

    template_name = "members/staff/find.html"
    any_permission_required = ("view",)
    wanted = ""
    find_help: str | Promise = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.wanted = request.POST.get("wanted", "").strip()[:200]
        return self.get(request, *args, **kwargs)

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if self.wanted:
            return queryset.filter(pk__in=self.matching(queryset.order_by(), self.wanted).values("pk"))[:FOUND_AT_MOST]
        return queryset

    def get_paginate_by(self, queryset: QuerySet[Any]) -> int | None:
        return FOUND_AT_MOST if self.wanted else self.paginate_by

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(*args, wanted=self.wanted, find_help=self.find_help, **kwargs)


class MirrorInspectView(generic.InspectView):
    any_permission_required = ("view",)

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        value = super().get_field_display_value(field_name, field)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return "—" if value in (None, "") else value


class MirrorViewSet(ModelViewSet):
    """Lists and shows; has no address for anything else."""

    model: type[Model]
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_class = MirrorInspectView
    exclude_form_fields = ()
    list_per_page = 50

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(
            ("add_url_name", "edit_url_name", "delete_url_name", "history_url_name", "usage_url_name")
        )
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_form_class(self, for_update: bool = False) -> None:
        return None

    def get_urlpatterns(self) -> list[URLPattern]:
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in SHOWN]
