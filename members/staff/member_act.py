"""What every act of staff at a member's file has: its page, who may, and the words of each refusal."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from members.actions.block_account import NotBlocked, SameReleaser
from members.actions.decide_policy_change import SamePerson
from members.actions.grant_level import AccountNotActive
from members.actions.lost_number import NoNumber, NotLinked, SameGiver
from members.actions.review_level import (
    NoOpenReview,
    NotVerified,
    ReviewOpen,
    VerifiedAnew,
)
from members.actions.serve_member import STAFF_ENTRANCES, AccountOfStaff, NotARecordNumber, OwnAccount
from members.actions.verify_identity import AnotherPersonsAccount, PersonHasAccount
from members.actions.verify_in_person import NotFaceToFace, NotOnRecord, OnlyAtCounter
from members.documents import NotADocumentNumber
from members.entrances import Entrance
from members.merging import AccountIsClosing, DifferentPeople, NoOtherAccount, StaffAccount
from members.minors import GuardianNeeded
from members.models import Member

#: Refusals of the actions, in the words of somebody who has to go on from there.
REFUSALS: dict[type[Exception], tuple[str | None, str | Promise]] = {
    OwnAccount: (None, _("This is your own account. Ask a colleague.")),
    AccountOfStaff: (None, _("This is an account of the staff. Ask an administrator.")),
    AccountNotActive: (
        None,
        _("This account, or the one that this customer has already, is closed or blocked. Two people unblock one."),
    ),
    NotBlocked: (None, _("The account is not blocked any more, or nobody has proposed to unblock it.")),
    SameReleaser: (None, _("You proposed this yourself. Ask somebody else to decide.")),
    SamePerson: (None, _("You proposed this yourself. Ask somebody else to decide.")),
    SameGiver: (None, _("You took the number off this customer's account yourself. Ask a colleague to verify.")),
    NotVerified: (None, _("The member must be verified first.")),
    ReviewOpen: (None, _("A review of this member waits for its decision already.")),
    NoOpenReview: (None, _("Somebody has decided this in the meantime.")),
    GuardianNeeded: (
        None,
        _("This is a child under 14: a guardian has to agree first, before you or with their own account."),
    ),
    NotARecordNumber: ("evidence", _("Give the number of the record, as COUNTER-2026-0042; no personal data.")),
    NotADocumentNumber: ("id_no", _("This can't be the number of such a document. Read it once more.")),
    NotOnRecord: ("id_no", _("The insurer's record of this customer has another document. Have the record put right.")),
    NotFaceToFace: ("entrance", _("On the phone you see no document. Have the member come, or call by video.")),
    OnlyAtCounter: (
        "entrance",
        _("This customer's account has lost its number. It comes back at a counter only; pictures can be forged."),
    ),
    PersonHasAccount: (
        "customer_no",
        _(
            "This customer has another account already. The member can merge the two, if they still have its number; "
            "else an approver takes the lost number off that account first."
        ),
    ),
    NoNumber: (None, _("This account has no number. The member signs up with the new one, and is verified there.")),
    NotLinked: (
        None,
        _(
            "The insurer knows no customer by this account, so no document could bring it back: the number stays. If "
            "it is somebody else's by now, block the account and have it unblocked: only a code opens it from then on."
        ),
    ),
    AnotherPersonsAccount: (
        "customer_no",
        _(
            "This account belongs to another customer, and is given to nobody else. If its number is this customer's "
            "by now, an approver takes the number off first; then the customer signs up anew with it."
        ),
    ),
    VerifiedAnew: (
        None,
        _("The member was verified anew since this was proposed. Refuse it; whoever sees the evidence proposes anew."),
    ),
    DifferentPeople: (
        "customer_no",
        _("This account belongs to another customer. The member signs up anew with the new number first."),
    ),
    AccountIsClosing: (None, _("This account is about to be closed. The member has to sign in and keep it first.")),
    StaffAccount: (
        "customer_no",
        _("This customer's account is of the staff, and is given to nobody. Ask an administrator."),
    ),
    NoOtherAccount: (None, _("Somebody has done this in the meantime. Look at the member's file anew.")),
}


def where(entrances: Iterable[Entrance] = STAFF_ENTRANCES) -> forms.ChoiceField:
    choices = [(entrance.value, entrance.label) for entrance in entrances]
    return forms.ChoiceField(label=_("Where is the member?"), choices=choices)


def record() -> forms.CharField:
    return forms.CharField(
        label=_("Number of the record"),
        max_length=60,
        help_text=_("Under which the copy or the recording is filed, as COUNTER-2026-0042. No personal data."),
    )


class ActView(PermissionRequiredMixin, WagtailAdminTemplateMixin, FormView):
    """`permission` (codename) opens it; `explanation` says before the button what the button does."""

    template_name = "members/staff/member_act.html"
    header_icon = "user"
    permission: ClassVar[str]
    explanation: ClassVar[str | Promise]
    done: ClassVar[str | Promise]
    button: ClassVar[str | Promise]
    back: ClassVar[str | Promise] = _("Back to the file")

    def get_permission_required(self) -> tuple[str, ...]:
        return ("members.open_member", f"members.{self.permission}")

    @staticmethod
    def fits(member: Member) -> bool:
        """Whether there is any use in it at this member."""
        return member.is_active

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.by = cast(Member, request.user)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.has_permission():
            self.member = get_object_or_404(Member.objects.select_related("customer"), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    @property
    def file_url(self) -> str:
        return reverse("member_files:inspect", args=[self.member.pk])

    def get_page_subtitle(self) -> str:
        return self.member.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        file = {"url": self.file_url, "label": self.member.name or _("Member")}
        index = {"url": reverse("member_files:index"), "label": _("Members")}
        return [*super().get_breadcrumbs_items(), index, file, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            explanation=self.explanation, button=self.button, file_url=self.file_url, back=self.back, **kwargs
        )

    def act(self, **given: Any) -> HttpResponse | None:
        raise NotImplementedError

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            answer = self.act(**form.cleaned_data)
        except tuple(REFUSALS) as refusal:
            field, words = next(REFUSALS[kind] for kind in type(refusal).__mro__ if kind in REFUSALS)
            form.add_error(field if field in form.fields else None, str(words))
            return self.form_invalid(form)
        if answer is None:
            messages.success(self.request, str(self.done))
            return redirect(self.file_url)
        return answer
