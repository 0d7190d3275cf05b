"""Giving points to a member by hand, or taking them."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from members.models import Member
from members.staff import masking
from members.staff.member_act import ActView
from points.actions import adjust_points
from points.models import PointAdjustment
from points.models.adjustment import ALONE
from points.refusals import LedgerRefusal

PROPOSE, DECIDE = f"points.{adjust_points.PROPOSE}", f"points.{adjust_points.DECIDE}"
NOTE_LENGTH = 1000


def called(member: Member) -> str:
    """How staff call a member on a page."""
    return member.name or masking.phone(member.mobile)


class NoteForm(forms.Form):
    """`request_id` makes a form that is sent twice one adjustment."""

    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What happened, and where it can be looked up. Kept encrypted; the member may ask for a copy."),
    )
    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class AdjustForm(NoteForm):
    field_order = ("direction", "points", "reason", "note")
    direction = forms.ChoiceField(
        label=_("What is to be done?"),
        choices=[("give", _("give points to the member")), ("take", _("take points from the member"))],
        widget=forms.RadioSelect,
    )
    points = forms.IntegerField(label=_("How many points?"), min_value=1)
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *PointAdjustment.Reason.choices])


class AdjustView(ActView):
    form_class = AdjustForm
    page_title = _("Adjust points")
    header_icon = "list-ul"
    explanation = _(
        "Up to %(alone)s points are booked at once, counted together with whatever you, or colleagues for this member, "
        "have booked alone within 24 hours. Anything beyond waits for a second person. The member is told."
    )
    button = _("Adjust")
    back = _("Back to the points")

    def get_permission_required(self) -> tuple[str, ...]:
        return ("points.view_account", PROPOSE)

    @staticmethod
    def fits(member: Member) -> bool:
        return not member.is_staff and not member.closures.filter(closed_at__isnull=False).exists()

    @property
    def file_url(self) -> str:
        return reverse("points_ledgers:member", args=[self.member.pk])

    def get_page_subtitle(self) -> str:
        return called(self.member)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse("points_ledgers:index"), "label": _("Members' points")}
        ledger = {"url": self.file_url, "label": called(self.member)}
        # Home, and then not through the members' files, which not everybody here may open.
        here = {"url": "", "label": self.get_header_title()}
        return [*super().get_breadcrumbs_items()[:1], index, ledger, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"explanation": str(self.explanation) % {"alone": ALONE}}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            return super().form_valid(form)
        except LedgerRefusal as refusal:
            form.add_error("points", str(refusal))
            return self.form_invalid(form)

    def act(self, **given: Any) -> HttpResponse:
        sign = 1 if given.pop("direction") == "give" else -1
        adjustment = adjust_points.propose_adjustment(
            member=self.member, points=sign * given.pop("points"), by=self.by, **given
        )
        if adjustment.waits:
            messages.warning(self.request, _now("Not booked yet: a second person has to agree. They see it listed."))
            return redirect(reverse("points_adjustments:inspect", args=[adjustment.pk]))
        messages.success(self.request, _now("Booked."))
        return redirect(self.file_url)
