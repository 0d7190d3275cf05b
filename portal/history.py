"""What was done on a member's account, in their own words: what, when, where, and whether our people did it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext, gettext_lazy

from members.actions.unmask_member import UnmaskReason
from members.entrances import Entrance
from members.models import AccountEvent, Consent, Level, LevelGrant, ServiceCode

Kind = AccountEvent.Kind
ON_A_PAGE = 20
WORDS = {
    Kind.REGISTERED: gettext_lazy("You became a member"),
    Kind.SIGNED_IN: gettext_lazy("Signed in"),
    Kind.SIGN_IN_REFUSED: gettext_lazy("A sign-in was refused"),
    Kind.SIGNED_OUT: gettext_lazy("Signed out"),
    Kind.DEVICE_ENDED: gettext_lazy("A device was signed out"),
    Kind.PASSWORD_SET: gettext_lazy("A new password was set"),
    Kind.PASSKEY_ADDED: gettext_lazy("A passkey was added"),
    Kind.PASSKEY_REMOVED: gettext_lazy("A passkey was taken away"),
    Kind.LINKED: gettext_lazy("WeChat was linked"),
    Kind.UNLINKED: gettext_lazy("WeChat was unlinked"),
    Kind.MATCH_FAILED: gettext_lazy("Name and document did not match our record"),
    Kind.LEVEL_GRANTED: gettext_lazy("A level was reached"),
    Kind.LEVEL_REVOKED: gettext_lazy("A level ended"),
    Kind.PHONE_CHANGED: gettext_lazy("Your phone number was changed"),
    Kind.PHONE_RELEASED: gettext_lazy("The phone number was taken off your account"),
    Kind.CONSENT_GIVEN: gettext_lazy("You agreed"),
    Kind.CONSENT_WITHDRAWN: gettext_lazy("An agreement was taken back"),
    Kind.DATA_EXPORTED: gettext_lazy("A copy of your data was asked for"),
    Kind.MERGED: gettext_lazy("Two accounts became one"),
    Kind.CLOSURE_REQUESTED: gettext_lazy("You asked to close your account"),
    Kind.REOPENED: gettext_lazy("You kept your account"),
    Kind.CLOSED: gettext_lazy("The account was closed"),
    Kind.DATA_ERASED: gettext_lazy("Personal data was erased"),
    Kind.UNMASKED: gettext_lazy("Our staff were shown your numbers in full"),
    Kind.FACE_SHOWN: gettext_lazy("Our staff looked at the pictures of your face check"),
    Kind.CODE_SENT: gettext_lazy("Our staff sent you a code"),
    Kind.BLOCKED: gettext_lazy("The account was blocked to protect you"),
    Kind.UNBLOCKED: gettext_lazy("The account was opened again"),
}
LOOKS = {
    Kind.REGISTERED: "good",
    Kind.LEVEL_GRANTED: "good",
    Kind.UNBLOCKED: "good",
    Kind.SIGN_IN_REFUSED: "wait",
    Kind.MATCH_FAILED: "wait",
    Kind.LEVEL_REVOKED: "wait",
    Kind.CLOSURE_REQUESTED: "wait",
    Kind.PHONE_RELEASED: "bad",
    Kind.BLOCKED: "bad",
}
#: What `AccountEvent.detail` may name → the words for it. Whatever else it holds is for auditors.
DETAILS: dict[str, type[TextChoices]] = {
    "method": LevelGrant.Method,
    "because": LevelGrant.Revocation,
    "consent": Consent.Kind,
    "purpose": ServiceCode.Purpose,
    "reason": UnmaskReason,
}


@dataclass(frozen=True)
class Happened:
    """One line, in the reader's language; as parts/timeline.html wants it. `by_staff`: our people did it."""

    id: int
    kind: str
    title: str
    at: datetime
    entrance: Entrance
    by_staff: bool
    detail: str
    look: str

    @classmethod
    def of(cls, event: AccountEvent) -> "Happened":
        return cls(
            id=event.pk,
            kind=event.kind,
            title=str(WORDS[Kind(event.kind)]),
            at=event.occurred_at,
            entrance=Entrance(event.entrance),
            by_staff=event.by_id is not None,
            detail=" · ".join(detail_words(event.detail)),
            look=LOOKS.get(Kind(event.kind), ""),
        )

    @property
    def note(self) -> str:
        by = gettext("by our staff") if self.by_staff else ""
        return " · ".join(filter(None, [self.detail, str(self.entrance.label), by]))


def detail_words(detail: dict[str, Any]) -> list[str]:
    levels = [detail["level"]] if "level" in detail else detail.get("levels", [])
    said = [str(Level(level).label) for level in levels]
    return said + [
        str(choices(detail[name]).label) for name, choices in DETAILS.items() if detail.get(name) in choices.values
    ]
