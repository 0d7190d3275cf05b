"""The member's inbox: what they were told, newest first."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.models import Member
from notifications.models import Message

ON_A_PAGE = 20


@never_cache
@require_safe
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    held = Message.objects.in_inbox_of(cast(Member, request.user))
    page = Paginator(held, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/inbox.html", {"messages_here": page})
