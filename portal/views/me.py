"""The member's own page: who they are here, and everything about the account that there is."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from benefits.queries.desk import worker_of
from members.models import Member
from members.phone import mask
from members.queries import level_of
from portal.navigation import of_the_account


@require_safe
@login_required
def me(request: HttpRequest) -> HttpResponse:
    member = cast(Member, request.user)
    return render(
        request,
        "portal/me.html",
        {
            "mobile": mask(member.mobile),
            "level": level_of(member),
            "links": of_the_account(),
            "worker": worker_of(member),
        },
    )
