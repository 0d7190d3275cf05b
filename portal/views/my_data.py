"""A copy of one's data."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.actions.request_data import CopyGone, fetch_copy, request_copy
from members.assurance import AssuranceRefused
from members.models import DataRequest
from members.signin.origins import context_of
from portal.assured import refused
from portal.visitors import member_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def my_data(request: HttpRequest) -> HttpResponse:
    """What can be had and how far it is; by POST asks for a copy."""
    member = member_of(request)
    if request.method == "POST":
        try:
            request_copy(member=member, context=context_of(request))
        except AssuranceRefused as refusal:
            return refused(request, refusal)
        return redirect("my-data")
    copies = member.data_requests.filter(kind=DataRequest.Kind.EXPORT)
    making, ready = copies.unfinished().first(), copies.ready().order_by("-pk")
    return render(request, "portal/my_data.html", {"making": making, "ready": ready})


@never_cache
@require_safe
@login_required
def fetch(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """The member's own copy as a file, after a fresh proof."""
    try:
        copy = fetch_copy(member=member_of(request), request_id=request_id, context=context_of(request))
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    except CopyGone:
        messages.warning(request, _("This copy is no longer there. You can ask for a new one at any time."))
        return redirect("my-data")
    name = f"personal-data-{copy.finished_at:%Y-%m-%d}.zip"
    return FileResponse(copy.file.open(), as_attachment=True, filename=name, content_type="application/zip")
