"""Whose points: a member's accounts have a balance, the insurer's own are summed when somebody asks."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member
from points.models.protection import never_emptied


class System(models.IntegerChoices):
    """The other side of a posting: the insurer's own accounts.

    They have no row and no balance: one row that every posting touches costs a factor 4 at 8 clients (DESIGN §13).
    """

    ISSUANCE = 1, _("issued")
    REDEMPTION = 2, _("redeemed")
    EXPIRY = 3, _("expired")
    DONATION = 4, _("donated")
    ADJUSTMENT = 6, _("adjusted by staff")
    FORFEITURE = 7, _("forfeited when an account was closed")


class Account(models.Model):
    """A member's points, or what the member owes after points were taken back that had been spent.

    `balance` is the sum of the account's entries and `held` what open holds keep of it. The database keeps both up to
    date when entries and hold parts are written, and refuses every other change.
    """

    class Kind(models.TextChoices):
        POINTS = "points", _("points")
        DEBT = "debt", _("debt")

    # Found by the constraint below.
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="point_accounts", verbose_name=_("member"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    balance = models.BigIntegerField(_("balance"), default=0)
    held = models.BigIntegerField(_("held"), default=0)

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        constraints = [
            models.UniqueConstraint(fields=["member", "kind"], name="points_account_of_member"),
            models.CheckConstraint(
                condition=models.Q(kind="points", held__gte=0, balance__gte=models.F("held"))
                | models.Q(kind="debt", held=0, balance__lte=0),
                name="points_account_never_overdrawn",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="opened_empty",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("NEW.balance <> 0 OR NEW.held <> 0"),
                func="RAISE EXCEPTION 'an account is opened empty' USING ERRCODE = 'check_violation';",
            ),
            # Depth 1 is the statement itself; the triggers of entries and hold parts write from within.
            pgtrigger.Trigger(
                name="written_by_entries_alone",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
                func="RAISE EXCEPTION 'an account changes by entries and holds alone' "
                "USING ERRCODE = 'restrict_violation';",
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.kind}"
