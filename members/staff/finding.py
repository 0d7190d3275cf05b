"""A search for lists of people. What staff look for is personal, and an address ends up in logs: so it is sent by
POST, and stands in the address of what was found as a sealed word that only who looked can open.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from contextlib import suppress
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise, cached_property
from wagtail.admin.views import generic

from members.crypto import CannotOpen, blind_index, seal, unseal
from members.phone import NotAMobileNumber, e164

FOUND_AT_MOST = 100
LONGEST_WANTED = 200


def people_matching(text: str, prefix: str = "") -> Q:
    """Customers by exact number or mobile number, or by a part of the name. `prefix`: the way to the customer."""
    found = Q(**{f"{prefix}customer_no": text}) | Q(**{f"{prefix}name__contains": text})
    with suppress(NotAMobileNumber):
        found |= Q(**{f"{prefix}mobile_index": blind_index(e164(text), "mobile")})
    return found


def sealed(wanted: str, user: Any) -> str:
    """What `user` looks for, as an address may hold it."""
    return urlsafe_b64encode(seal(wanted.encode(), context(user))).decode()


def opened(word: str, user: Any) -> str:
    """What `sealed` made for the same user; nothing from anything else."""
    try:
        return unseal(urlsafe_b64decode(word), context(user)).decode()
    except (CannotOpen, NotBase64, ValueError):
        return ""


def context(user: Any) -> str:
    return f"staff search {user.pk}"


class FindingIndexView(generic.IndexView):
    """Shows the first FOUND_AT_MOST of the rows that match, in the list's own order and under its filters."""

    template_name = "members/staff/find.html"
    any_permission_required = ("view",)
    find_help: str | Promise = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """To the list of what was found, under the filters in force. A new search begins on the first page."""
        query = request.GET.copy()
        query.pop("p", None)
        query.pop("found", None)
        if wanted := request.POST.get("wanted", "").strip()[:LONGEST_WANTED]:
            query["found"] = sealed(wanted, request.user)
        return redirect(f"{self.get_index_url()}?{query.urlencode()}")

    @cached_property
    def wanted(self) -> str:
        return opened(self.request.GET.get("found", ""), self.request.user)

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
        found = self.request.GET["found"] if self.wanted else ""
        return super().get_context_data(*args, wanted=self.wanted, found=found, find_help=self.find_help, **kwargs)
