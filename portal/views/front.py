"""The front page: what this is for a visitor, and what is new for a member."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.assurance import AssuranceRefused
from members.models import Member
from members.queries import level_of, own_policies
from members.signin.origins import context_of
from notifications.models import Message
from points.queries import balance_of
from portal.demo.accounts import PASSWORD, STAFF_MOBILE
from portal.demo.family import HOLDER_MOBILE
from portal.next_step import next_step

#: So many of each are shown; the others are a tap away.
SHOWN = 3


@never_cache
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, Member):
        return home(request, request.user)
    demo = {"member_mobile": HOLDER_MOBILE, "staff_mobile": STAFF_MOBILE, "staff_password": PASSWORD}
    return render(request, "portal/front.html", demo if settings.DEMO else {})


def home(request: HttpRequest, member: Member) -> HttpResponse:
    level = level_of(member)
    try:
        policies = own_policies(member=member, context=context_of(request))
    except AssuranceRefused:  # the step that opens them is shown instead
        policies = []
    return render(
        request,
        "portal/home.html",
        {
            "level": level,
            "step": next_step(level),
            "policies": policies[:SHOWN],
            "policy_count": len(policies),
            "available": balance_of(member.pk).available,
            "newest": Message.objects.in_inbox_of(member)[:SHOWN],
        },
    )
