"""A member's level: what it is, what it opens, and the one step to the next."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from members.models import Level, Member
from members.queries import level_of, live_grant
from portal.next_step import next_step

#: What each level adds, in a member's words (members/assurance/defaults.csv in short).
OPENS = {
    Level.REGISTERED: _("Messages, activities, points"),
    Level.VERIFIED: _("See your policies, change address and e-mail, redeem points"),
    Level.ADVANCED: _("Change where money goes or who benefits, take a loan, end a policy"),
}


@require_safe
@login_required
def level(request: HttpRequest) -> HttpResponse:
    member = request.user
    assert isinstance(member, Member)
    held = level_of(member)
    return render(
        request,
        "portal/me/level.html",
        {
            "level": held,
            "opens": [(step, words, step <= held) for step, words in OPENS.items()],
            "advanced": live_grant(member, Level.ADVANCED),
            "step": next_step(held),
        },
    )
