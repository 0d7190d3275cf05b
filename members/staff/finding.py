"""A search by POST for lists of people: what staff look for is personal, and an address ends up in logs."""

from contextlib import suppress
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from wagtail.admin.views import generic

from members.crypto import blind_index
from members.phone import NotAMobileNumber, e164

FOUND_AT_MOST = 100


def people_matching(text: str, prefix: str = "") -> Q:
    """Customers by exact number or mobile number, or by a part of the name. `prefix`: the way to the customer."""
    found = Q(**{f"{prefix}customer_no": text}) | Q(**{f"{prefix}name__contains": text})
    with suppress(NotAMobileNumber):
        found |= Q(**{f"{prefix}mobile_index": blind_index(e164(text), "mobile")})
    return found


class FindingIndexView(generic.IndexView):
    """Shows the first FOUND_AT_MOST of the rows that match, in the list's own order and under its filters."""

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
