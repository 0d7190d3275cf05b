"""An account that staff have blocked on suspicion of fraud; lifted by two people."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.member import Member


class AccountBlock(models.Model):
    """While it is open (`released_at` is null) nobody signs in to the account, and it is granted no level."""

    class Reason(models.TextChoices):
        REPORTED = "reported", _("the member says that somebody else used the account")
        STRANGE = "strange", _("what was done looks strange")
        DOCUMENTS = "documents", _("documents or answers are doubtful")
        AUTHORITY = "authority", _("asked for by an authority")

    member = models.ForeignKey(Member, models.PROTECT, related_name="blocks", verbose_name=_("member"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    blocked_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("blocked by"))
    blocked_at = models.DateTimeField(_("blocked"), db_default=Now())
    finding = models.TextField(_("what was found"), blank=True)
    release_proposed_by = models.ForeignKey(
        Member, models.PROTECT, null=True, related_name="+", verbose_name=_("unblocking proposed by")
    )
    released_by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("unblocked by"))
    released_at = models.DateTimeField(_("unblocked"), null=True)

    class Meta:
        verbose_name = _("blocked account")
        verbose_name_plural = _("blocked accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(released_at=None), name="account_block_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(released_at=None, released_by=None)
                | models.Q(released_at__isnull=False, released_by__isnull=False, release_proposed_by__isnull=False)
                & ~models.Q(released_by=models.F("release_proposed_by")),
                name="account_release_takes_two",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="released_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__released_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.reason}"
