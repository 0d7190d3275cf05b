"""A member's level: what it is, what it opens, and the one step to the next."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.models import Level
from members.queries import level_of, live_grant
from portal.levels_open import services_by_level
from portal.next_step import next_step
from portal.visitors import member_of


@require_safe
@login_required
def level(request: HttpRequest) -> HttpResponse:
    member = member_of(request)
    held = level_of(member)
    return render(
        request,
        "portal/me/level.html",
        {
            "level": held,
            "opens": [(each, services, each <= held) for each, services in services_by_level().items()],
            "advanced": live_grant(member, Level.ADVANCED),
            "step": next_step(held),
        },
    )
