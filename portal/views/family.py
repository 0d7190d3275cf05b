"""The family list: for whom a member may book. Documents are shown by their last digits alone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from benefits.actions.list_family_guest import list_family_guest
from benefits.actions.remove_family_guest import CHANGES_A_YEAR, changes_left, remove_family_guest
from benefits.models import FamilyGuest
from benefits.models.guest import PLACES
from benefits.refusals import BenefitRefused, BirthDateDiffers, ListedAlready, NotFamilyYourself
from members.assurance import AssuranceRefused, require_assurance
from members.models import Member
from members.signin.origins import context_of
from portal.assured import refused
from portal.buttons import button_on
from portal.family_form import GuestForm
from portal.visitors import member_of

#: Where on the form a refusal is said.
FIELDS: dict[type[BenefitRefused], str] = {
    BirthDateDiffers: "birth_date",
    ListedAlready: "id_no",
    NotFamilyYourself: "id_no",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def family(request: HttpRequest) -> HttpResponse:
    """Who is on it; by POST somebody more."""
    member = member_of(request)
    try:
        require_assurance(member, "policy.view", context_of(request))
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    form = GuestForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and listed(request, member, form):
        return redirect("family")
    assert member.customer_id  # a level above registered is a customer's
    guests = list(FamilyGuest.objects.listed().filter(customer=member.customer_id))
    return render(
        request,
        "portal/me/family.html",
        {
            "guests": guests,
            "form": form,
            "is_full": len(guests) == PLACES,
            "room": PLACES,
            "changes": CHANGES_A_YEAR,
            "changes_left": changes_left(member.customer_id),
        },
    )


def listed(request: HttpRequest, member: Member, form: GuestForm) -> bool:
    try:
        guest = list_family_guest(member=member, **form.guest())
    except BenefitRefused as refusal:
        form.add_error(FIELDS.get(type(refusal)), str(refusal))
        return False
    messages.success(request, _("%(name)s is on your list now.") % {"name": guest.name})
    return True


@never_cache
@button_on("family")
@login_required
def remove(request: HttpRequest, guest_id: int) -> HttpResponse:
    member = member_of(request)
    try:
        require_assurance(member, "policy.view", context_of(request))
        remove_family_guest(member=member, guest_id=guest_id)
    except AssuranceRefused as refusal:
        return refused(request, refusal, back_to="family")
    except FamilyGuest.DoesNotExist as refusal:
        raise Http404 from refusal
    except BenefitRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken off your list."))
    return redirect("family")
