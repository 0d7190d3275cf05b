"""What happened to an account, where, and who did it: read by the member, by staff, and by auditors."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.member import Member


class AccountEvent(models.Model):
    """One line of an account's history; append-only. `detail` holds no personal data."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("registered")
        SIGNED_IN = "signed_in", _("signed in")
        SIGN_IN_REFUSED = "sign_in_refused", _("sign-in refused")
        SIGNED_OUT = "signed_out", _("signed out")
        DEVICE_ENDED = "device_ended", _("a device was signed out")
        PASSWORD_SET = "password_set", _("password set")
        PASSKEY_ADDED = "passkey_added", _("passkey added")
        PASSKEY_REMOVED = "passkey_removed", _("passkey removed")
        LINKED = "linked", _("WeChat linked")
        UNLINKED = "unlinked", _("WeChat unlinked")
        MATCH_FAILED = "match_failed", _("identity did not match")
        LEVEL_GRANTED = "level_granted", _("level granted")
        LEVEL_REVOKED = "level_revoked", _("level revoked")
        PHONE_CHANGED = "phone_changed", _("phone changed")
        PHONE_RELEASED = "phone_released", _("phone number given up: lost, or somebody else's by now")
        CONSENT_GIVEN = "consent_given", _("consent given")
        CONSENT_WITHDRAWN = "consent_withdrawn", _("consent withdrawn")
        DATA_EXPORTED = "data_exported", _("personal data exported")
        MERGED = "merged", _("accounts merged")
        CLOSURE_REQUESTED = "closure_requested", _("closing of the account asked for")
        REOPENED = "reopened", _("account kept after all")
        CLOSED = "closed", _("account closed")
        DATA_ERASED = "data_erased", _("personal data erased")
        UNMASKED = "unmasked", _("personal data shown to staff")
        FACE_SHOWN = "face_shown", _("pictures of the face shown to staff")
        CODE_SENT = "code_sent", _("code sent by staff, to go on alone")
        BLOCKED = "blocked", _("account blocked")
        UNBLOCKED = "unblocked", _("account unblocked")

    member = models.ForeignKey(Member, models.PROTECT, related_name="account_events", verbose_name=_("member"))
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind)
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("by staff"))
    detail = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
        indexes = [
            models.Index(fields=["member", "-occurred_at"], name="account_event_newest"),
            # Rows come in order of time: this one costs a sign-in next to nothing.
            BrinIndex(fields=["occurred_at"], name="account_event_by_time"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind}"
