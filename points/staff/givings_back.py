"""Giving back what a reward cost: proposed on the redemption's page, and decided there by a second person."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from members.actions.decide_policy_change import NoReasonGiven, SamePerson
from members.actions.serve_member import OwnAccount
from members.models import Member
from members.staff.home import Waiting
from members.staff.remarks import RemarkForm, remark_of
from points.actions.give_back_redemption import (
    DECIDE,
    PROPOSE,
    AlreadyProposed,
    NothingToGiveBack,
    OnlyWhole,
    decide_giving_back,
    propose_giving_back,
)
from points.actions.proposals import AlreadyDecided
from points.models import GivingBack, Redemption, Reward
from points.refusals import LedgerRefusal
from points.staff.adjusting import NoteForm
from points.staff.proposals import in_words
from points.terms import GRACE

REFUSALS = (
    AlreadyDecided,
    SamePerson,
    NoReasonGiven,
    OwnAccount,
    NothingToGiveBack,
    AlreadyProposed,
    OnlyWhole,
    LedgerRefusal,
)
STATES = {"proposed": _("waits for a second person"), "part": _("a part"), "whole": _("all of it")}


class GiveBackForm(NoteForm):
    """`most`: the points that are left to give back; `only_whole`: nothing less."""

    field_order = ("points", "reason", "note")
    points = forms.IntegerField(label=_("How many points?"), min_value=1)
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *GivingBack.Reason.choices])

    def __init__(self, *args: Any, most: int, only_whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"] = forms.IntegerField(
            label=self.fields["points"].label,
            min_value=most if only_whole else 1,
            max_value=most,
            initial=most,
            help_text=_("Of a donation all of it: its certificate is void then.") if only_whole else "",
        )
        self.fields["note"].help_text = _(
            "What the member told you, and what the provider said. Kept encrypted; the member may ask for a copy."
        )


def giving_back_context(redemption: Redemption, by: Member, sent: GiveBackForm | None) -> dict[str, Any]:
    """What the redemption's page shows of it. What staff noted is for those who propose or decide; for others it is
    not even read."""
    reads_notes = by.has_perm(PROPOSE) or by.has_perm(DECIDE)
    givings_back = redemption.givings_back.select_related("proposed_by", "decided_by").order_by("pk")
    found = list(givings_back if reads_notes else givings_back.defer("note", "remark"))
    waiting = next((each for each in found if each.state == GivingBack.State.PROPOSED), None)
    others = redemption.member_id != by.pk
    may_give = not waiting and redemption.left_to_give_back > 0 and others and by.has_perm(PROPOSE)
    return {
        "givings_back": found,
        "reads_notes": reads_notes,
        "proposed": waiting,
        "is_own_proposal": waiting is not None and waiting.proposed_by_id == by.pk,
        "may_decide": waiting is not None and others and by.has_perm(DECIDE) and waiting.proposed_by_id != by.pk,
        "remark_form": RemarkForm(),
        "give_back_form": (sent or form_for(redemption)) if may_give else None,
        "grace_days": GRACE.days,
    }


def form_for(redemption: Redemption, data: Any = None) -> GiveBackForm:
    only_whole = redemption.reward.fulfilment == Reward.Fulfilment.DONATION
    return GiveBackForm(data, most=redemption.left_to_give_back, only_whole=only_whole)


def words(refusal: Exception) -> str:
    match refusal:
        case OwnAccount():
            return _now("This is your own account. Ask a colleague.")
        case NothingToGiveBack():
            return _now("There is nothing to give back: it was not delivered, or all of it was given back before.")
        case AlreadyProposed():
            return _now("Somebody has proposed to give something back of it. That has to be decided first.")
        case OnlyWhole():
            return _now("A donation is given back whole: its certificate says how much it was.")
        case LedgerRefusal():
            return _now("Not booked: %(why)s") % {"why": refusal}
    return in_words(refusal)


def propose(request: HttpRequest, redemption: Redemption) -> GiveBackForm | None:
    """What became of it is told by a message; returns a form that has to be put right."""
    by = cast(Member, request.user)
    if not by.has_perm(PROPOSE):
        raise PermissionDenied
    form = form_for(redemption, request.POST)
    if redemption.left_to_give_back and not form.is_valid():
        return form
    try:
        if not redemption.left_to_give_back:
            raise NothingToGiveBack
        propose_giving_back(redemption_id=redemption.pk, by=by, **form.cleaned_data)
    except REFUSALS as refusal:
        messages.error(request, words(refusal))
    else:
        messages.warning(request, _now("Not booked yet: a second person has to agree. They see it listed."))
    return None


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves or rejects; the button says which."""
    by = cast(Member, request.user)
    if not by.has_perm(DECIDE):
        raise PermissionDenied
    giving_back, approve = get_object_or_404(GivingBack, pk=pk), "approve" in request.POST
    try:
        decide_giving_back(giving_back_id=pk, approve=approve, by=by, remark=remark_of(request))
    except REFUSALS as refusal:
        messages.error(request, words(refusal))
    else:
        messages.success(request, _now("Booked.") if approve else _now("Rejected."))
    return redirect("redemptions:inspect", giving_back.redemption_id)


def givings_back_waiting(request: HttpRequest) -> list[Waiting]:
    """Those that this person may decide about."""
    if not request.user.has_perm(DECIDE):
        return []
    proposed = GivingBack.objects.filter(state=GivingBack.State.PROPOSED)
    others = proposed.exclude(proposed_by=request.user.pk).exclude(redemption__member=request.user.pk)
    return [
        Waiting(
            others.count(),
            _("Proposed givings back"),
            _("A colleague wants to give back what a reward cost. Read why, then approve or reject."),
            f"{reverse('redemptions:index')}?giving_back=proposed",
        )
    ]
