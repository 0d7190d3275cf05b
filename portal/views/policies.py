"""The policies that a member holds or is insured by."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.assurance import AssuranceRefused
from members.models import Member
from members.queries import own_policies
from members.signin.origins import context_of
from portal.assured import refused


@never_cache
@require_safe
@login_required
def policies(request: HttpRequest) -> HttpResponse:
    try:
        found = own_policies(member=cast(Member, request.user), context=context_of(request))
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    return render(request, "portal/policies.html", {"policies": found})
