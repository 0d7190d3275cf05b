"""What staff do at a member's file: each a page that says what happens, with a form and one button."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from members.actions.agree_for_child import end_guardian_consent, take_guardian_consent
from members.actions.block_account import block_account, decide_release, propose_release
from members.actions.lost_number import take_number_off
from members.actions.review_level import (
    decide_advanced_level,
    propose_advanced_level,
)
from members.actions.send_service_code import send_service_code
from members.actions.unmask_member import UnmaskReason, unmask_member
from members.actions.verify_in_person import FACE_TO_FACE, verify_in_person
from members.entrances import Entrance
from members.minors import GuardianNeeded, require_guardian
from members.models import AccountBlock, Consent, Customer, Level, LevelReview, Member, ServiceCode
from members.queries import has_live_consent, is_closed, level_of
from members.staff.member_act import ActView, record, where


@method_decorator(never_cache, name="dispatch")
class UnmaskView(ActView):
    permission = "unmask_member"
    page_title = _("Show the numbers")
    explanation = _(
        "Phone, e-mail and document number are shown in full on the next page, once. That you looked, and "
        "why, is on record for the member and for auditors."
    )
    button = _("Show the numbers")

    class form_class(forms.Form):
        reason = forms.ChoiceField(label=_("Why?"), choices=UnmaskReason.choices, widget=forms.RadioSelect)
        entrance = where()

    @staticmethod
    def fits(member: Member) -> bool:
        return True

    def act(self, **given: Any) -> HttpResponse:
        numbers = unmask_member(member=self.member, by=self.by, **given)
        context = self.get_context_data(numbers=numbers)
        return TemplateResponse(self.request, "members/staff/member_numbers.html", context)


class SendCodeView(ActView):
    permission = "invite_member"
    page_title = _("Send a code")
    explanation = _(
        "The member gets six digits by SMS, good for 15 minutes, and types them in after signing in: in the "
        "app, in WeChat or on the website. Never ask the member to read them to you."
    )
    button = _("Send the code")
    done = _("The code is on its way.")

    class form_class(forms.Form):
        purpose = forms.ChoiceField(
            label=_("What is the member to do?"), choices=ServiceCode.Purpose.choices, widget=forms.RadioSelect
        )
        entrance = where()

    @staticmethod
    def fits(member: Member) -> bool:
        return member.is_active and bool(member.mobile)

    def act(self, **given: Any) -> None:
        send_service_code(member=self.member, by=self.by, **given)


class VerifyView(ActView):
    permission = "verify_member"
    page_title = _("Verify in person")
    explanation = _(
        "Only when the member shows you the document itself. It makes the member verified, with your name; "
        "the advanced level is never given here. In a video call, which is recorded: the member shows both sides, "
        "tilts the document so that its hologram moves, holds it beside their face, and says aloud the time and "
        "what the call is for; face, photo and voice are one person's."
    )
    button = _("I have seen the document")
    done = _("The member is verified.")

    class form_class(forms.Form):
        entrance = where(FACE_TO_FACE)
        customer_no = forms.CharField(label=_("Customer number"), max_length=20)
        id_type = forms.ChoiceField(
            label=_("document"),
            choices=[choice for choice in Customer.IdType.choices if choice[0] != Customer.IdType.USCC],
        )
        id_no = forms.CharField(
            label=_("document number"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
        )
        evidence = record()
        seen_live = forms.BooleanField(
            label=_("In a video call: I have seen and heard all of the above, and it is recorded"), required=False
        )

        def clean(self) -> dict[str, Any]:
            given = super().clean() or {}
            if not given.pop("seen_live", False) and given.get("entrance") == Entrance.VIDEO_CALL:
                self.add_error("seen_live", _("A video call counts only when all of it was seen and recorded."))
            return given

    def act(self, **given: Any) -> HttpResponse | None:
        grant = verify_in_person(member=self.member, by=self.by, **given)
        if grant.member_id == self.member.pk:
            return None
        done = _("The account has come back, with the new number. The member signs in anew.")
        messages.success(self.request, str(done))
        return redirect("member_files:inspect", grant.member_id)


class GuardianView(ActView):
    permission = "verify_member"
    page_title = _("Guardian's consent")
    explanation = _(
        "Only when the parent or guardian stands before you, has shown the household register or the birth "
        "certificate, and has read and signed the consent. It is recorded with your name."
    )
    button = _("The guardian has agreed")
    done = _("The guardian's consent is recorded.")
    form_class = forms.Form

    @staticmethod
    def fits(member: Member) -> bool:
        if member.customer is None:  # may be a child: who it is nobody knows yet
            return not has_live_consent(member, Consent.Kind.GUARDIAN)
        try:
            require_guardian(member)
        except GuardianNeeded:
            return True
        return False

    def act(self, **given: Any) -> None:
        take_guardian_consent(child=self.member, by=self.by)


class GuardianTakesBackView(ActView):
    permission = "verify_member"
    page_title = _("Guardian takes the consent back")
    explanation = _(
        "Only when the parent or guardian stands before you and has shown the household register or the birth "
        "certificate. At once the child's advanced level ends, and face data is destroyed."
    )
    button = _("The guardian takes it back")
    done = _("The guardian's consent has ended.")
    form_class = forms.Form

    @staticmethod
    def fits(member: Member) -> bool:
        return has_live_consent(member, Consent.Kind.GUARDIAN)

    def act(self, **given: Any) -> None:
        end_guardian_consent(child=self.member, by=self.by)


class TakeNumberOffView(ActView):
    permission = "review_member"
    page_title = _("Take off a lost number")
    explanation = _(
        "For a member who has lost the number and whom no face check knows, or whose number is somebody else's by now. "
        "The account loses number and levels; every device is signed out, and password, passkeys and WeChat open it no "
        "more. If it was about to close, it is kept. The member signs up with the new number and shows the document at "
        "a counter: a colleague verifies them there, and the account comes back."
    )
    button = _("Take the number off")
    done = _("The number is taken off. A colleague gives the account back at the counter.")

    class form_class(forms.Form):
        evidence = record()
        entrance = where()

    @staticmethod
    def fits(member: Member) -> bool:
        """Also of a blocked account: the phone may be what was stolen. Not of one that no document brings back."""
        return bool(member.mobile and member.customer_id) and not is_closed(member)

    def act(self, **given: Any) -> None:
        take_number_off(member=self.member, by=self.by, **given)


class ProposeLevelView(ActView):
    permission = "review_member"
    page_title = _("Propose the advanced level")
    explanation = _(
        "For a member whom no camera checks. It takes two people: you propose, somebody else looks at the "
        "record and decides."
    )
    button = _("Propose")
    done = _("Proposed. Somebody else decides.")

    class form_class(forms.Form):
        reason = forms.ChoiceField(
            label=_("Why without a face?"), choices=LevelReview.Reason.choices, widget=forms.RadioSelect
        )
        evidence = record()
        entrance = where()

    @staticmethod
    def fits(member: Member) -> bool:
        return level_of(member) == Level.VERIFIED and not member.level_reviews.filter(decision="").exists()

    def act(self, **given: Any) -> None:
        propose_advanced_level(member=self.member, by=self.by, **given)


class DecideLevelView(ActView):
    permission = "review_member"
    page_title = _("Decide on the advanced level")
    explanation = _("Look at the record that the proposal names. Yours is the second name under this level.")
    button = _("Decide")
    done = _("Decided.")

    class form_class(forms.Form):
        grant = forms.TypedChoiceField(
            label=_("Decision"),
            choices=[("yes", _("grant the advanced level")), ("no", _("refuse"))],
            coerce=lambda answer: answer == "yes",
            widget=forms.RadioSelect,
        )

    @staticmethod
    def fits(member: Member) -> bool:
        return member.level_reviews.filter(decision="").exists()

    def act(self, **given: Any) -> None:
        decide_advanced_level(member=self.member, by=self.by, **given)


class BlockView(ActView):
    permission = "block_member"
    page_title = _("Block the account")
    explanation = _(
        "At once, every device is signed out, the levels end, and nobody signs in; password, passkeys and WeChat "
        "open the account no more. Unblocking takes two people. When in doubt, block: the member can be helped, "
        "money that is gone can't."
    )
    button = _("Block now")
    done = _("The account is blocked.")

    class form_class(forms.Form):
        reason = forms.ChoiceField(label=_("Reason"), choices=AccountBlock.Reason.choices, widget=forms.RadioSelect)
        entrance = where()

    def act(self, **given: Any) -> None:
        block_account(member=self.member, by=self.by, **given)


class ProposeReleaseView(ActView):
    permission = "release_member"
    page_title = _("Propose to unblock")
    explanation = _(
        "Say what you found. Somebody else decides. The levels that ended do not come back: the member "
        "verifies anew, and for three days nothing risky is possible."
    )
    button = _("Propose")
    done = _("Proposed. Somebody else decides.")

    class form_class(forms.Form):
        finding = forms.CharField(
            label=_("What was found"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("The second person reads it. No personal data."),
        )

    @staticmethod
    def fits(member: Member) -> bool:
        return member.blocks.filter(released_at=None, release_proposed_by=None).exists()

    def act(self, **given: Any) -> None:
        propose_release(member=self.member, by=self.by, **given)


class DecideReleaseView(ActView):
    permission = "release_member"
    page_title = _("Decide on unblocking")
    explanation = _("Read what was found. Sent back, the account stays blocked.")
    button = _("Decide")
    done = _("Decided.")

    class form_class(forms.Form):
        release = forms.TypedChoiceField(
            label=_("Decision"),
            choices=[("yes", _("unblock the account")), ("no", _("send back"))],
            coerce=lambda answer: answer == "yes",
            widget=forms.RadioSelect,
        )
        entrance = where()

    @staticmethod
    def fits(member: Member) -> bool:
        return member.blocks.filter(released_at=None, release_proposed_by__isnull=False).exists()

    def act(self, **given: Any) -> None:
        decide_release(member=self.member, by=self.by, **given)


#: By the last part of the address.
ACTS: dict[str, type[ActView]] = {
    "code": SendCodeView,
    "verify": VerifyView,
    "guardian": GuardianView,
    "guardian-takes-back": GuardianTakesBackView,
    "lost-number": TakeNumberOffView,
    "unmask": UnmaskView,
    "propose-level": ProposeLevelView,
    "decide-level": DecideLevelView,
    "block": BlockView,
    "propose-release": ProposeReleaseView,
    "decide-release": DecideReleaseView,
}
