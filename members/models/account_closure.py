"""The end of an account: asked for, thought over, done; or done at once where it went into another."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.member import Member


class AccountClosureQuerySet(models.QuerySet["AccountClosure"]):
    def pending(self) -> "AccountClosureQuerySet":
        return self.filter(closed_at=None, reopened_at=None)

    def due(self, at: datetime | None = None) -> "AccountClosureQuerySet":
        return self.pending().filter(due_at__lte=at or timezone.now())


class AccountClosure(models.Model):
    """A member's wish to leave. Until `due_at` signing in takes it back; then the account closes for good."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="closures", verbose_name=_("member"))
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    requested_at = models.DateTimeField(_("asked for"), db_default=Now())
    due_at = models.DateTimeField(_("closes"))
    reopened_at = models.DateTimeField(_("taken back"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    merged_into = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", verbose_name=_("merged into"))

    objects = AccountClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("closing of an account")
        verbose_name_plural = _("closing of accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(reopened_at=None), name="account_closes_once"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(reopened_at=None), name="account_closed_or_reopened"
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None)
                | models.Q(closed_at__isnull=False) & ~models.Q(merged_into=models.F("member")),
                name="account_merged_is_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="account_closure_due", condition=models.Q(closed_at=None, reopened_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.due_at:%Y-%m-%d}"
