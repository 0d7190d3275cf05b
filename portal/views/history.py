"""What was done on the account, newest first, whichever entrance it was done at."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.queries import account_history
from portal.history import ON_A_PAGE, Happened
from portal.navigation import ELSEWHERE, existing
from portal.visitors import member_of


@never_cache
@require_safe
@login_required
def history(request: HttpRequest) -> HttpResponse:
    page = Paginator(account_history(member_of(request)), ON_A_PAGE).get_page(request.GET.get("page"))
    items = [Happened.of(event) for event in page]
    return render(request, "portal/history.html", {"page": page, "items": items, "elsewhere": existing(ELSEWHERE)})
