"""What was booked: a posting and its entries, which sum to zero and are never changed."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.policy_event import CurrentTransaction
from points.models.account import Account, System
from points.models.clock import WallClock
from points.models.protection import ADDED, append_only, never_emptied
from points.models.seal import Seal

SUMS_TO_ZERO = """
    IF (SELECT count(*) < 2 OR sum(amount) <> 0 FROM points_entry WHERE posting_id = {posting}) THEN
        RAISE EXCEPTION 'the entries of posting % do not sum to zero', {posting} USING ERRCODE = 'check_violation';
    END IF;
"""
# An account's lots move with its balance, so that at all times: balance = sum of entries = sum of what lots have left.
AS_ITS_LOTS = """
    IF EXISTS (
        SELECT FROM (
            SELECT account_id, amount FROM points_entry
                JOIN points_account ON points_account.id = account_id AND kind = 'points'
                WHERE posting_id = {posting}
            UNION ALL SELECT account_id, -points FROM points_lot WHERE posting_id = {posting}
            UNION ALL SELECT account_id, used.points FROM points_lotuse used JOIN points_lot ON points_lot.id = lot_id
                WHERE used.posting_id = {posting}
        ) AS moved GROUP BY account_id HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'posting % moves other points than its lots do', {posting} USING ERRCODE = 'check_violation';
    END IF;
"""


def whole(posting: str, *checks: str) -> pgtrigger.Trigger:
    """Asked at the commit, or at once where somebody has made checks immediate. `posting`: where its id stands.

    Each table whose rows say how large a posting is has it: asked of the posting alone, what is added after that
    question would go unasked.
    """
    return pgtrigger.Trigger(
        name="whole",
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        timing=pgtrigger.Deferred,
        func="".join(check.format(posting=posting) for check in checks) + "RETURN NULL;",
    )


# Whoever adds to a posting of another transaction finds that its number is no longer this one's.
BELONGS_TO_THIS_TRANSACTION = """
    IF EXISTS (SELECT FROM added JOIN points_posting ON points_posting.id = added.posting_id
               WHERE points_posting.xid <> pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'a posting that was committed takes nothing more' USING ERRCODE = 'restrict_violation';
    END IF;
"""
KEEP_BALANCE = f"""
    {BELONGS_TO_THIS_TRANSACTION}
    UPDATE points_account SET balance = balance + moved.points
    FROM (SELECT account_id, sum(amount) AS points FROM added WHERE account_id IS NOT NULL GROUP BY account_id) AS moved
    WHERE points_account.id = moved.account_id;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT ON (account_id) account_id, balance_after FROM added WHERE account_id IS NOT NULL
                     ORDER BY account_id, id DESC) AS latest
            JOIN points_account ON points_account.id = latest.account_id
        WHERE balance <> balance_after
    ) THEN
        RAISE EXCEPTION 'balance_after is not the balance' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""  # noqa: S608 constants


class Posting(models.Model):
    """One thing that was booked, once for each `(scope, key)`; append-only but for the seal, which is set once.

    `request_hash`: 32 bytes of what was asked, so that a repetition is told from a conflict. `reason`: the code of the
    rule, the reward, or why staff did it, for people to read in their words. `cause`: what it rests on, such as the
    event's source and id, or the redemption; never personal data.
    """

    class Kind(models.TextChoices):
        ACCRUE = "accrue", _("earned")
        REDEEM = "redeem", _("redeemed")
        REFUND = "refund", _("given back")
        LAPSE = "lapse", _("expired")
        EXTEND = "extend", _("given a new date")
        REVERSE = "reverse", _("taken back")
        ADJUST = "adjust", _("adjusted")
        TRANSFER = "transfer", _("moved between accounts")
        FORFEIT = "forfeit", _("forfeited")

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    request_hash = models.BinaryField(max_length=32)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    reason = models.CharField(_("reason"), max_length=60)
    cause = models.CharField(_("cause"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("occurred"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    posted_by = models.ForeignKey(
        "members.Member", models.PROTECT, null=True, related_name="+", verbose_name=_("by staff")
    )
    xid = models.BigIntegerField(db_default=CurrentTransaction())
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="postings")

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="points_posting_once")]
        indexes = [
            # The sealing job's queue. Never "id greater than": a slow transaction's id is lower than a sealed one's.
            models.Index(fields=["id"], condition=models.Q(seal=None), name="points_posting_unsealed"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=["seal"])
            ),
            pgtrigger.Protect(
                name="sealed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.seal_id IS NOT NULL OR NEW.seal_id IS NULL"),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
            whole("NEW.id", SUMS_TO_ZERO),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope} {self.key}"


class Entry(models.Model):
    """One side of a posting: a member's account, with the balance after it, or one of the insurer's. Append-only.

    Within an account, the order of `id` and of `posted_at` is the order in which the balance changed: both are given
    while the account is locked.
    """

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="entries")
    system = models.SmallIntegerField(_("insurer's account"), choices=System, null=True)
    amount = models.BigIntegerField(_("points"))
    balance_after = models.BigIntegerField(_("balance after"), null=True)
    posted_at = models.DateTimeField(_("booked"), db_default=WallClock())

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="points_entry_moves_points"),
            models.CheckConstraint(
                condition=models.Q(account__isnull=False, system__isnull=True, balance_after__isnull=False)
                | models.Q(account__isnull=True, system__isnull=False, balance_after__isnull=True),
                name="points_entry_on_one_account",
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="points_entry_statement")]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="keep_balance",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=ADDED,
                func=KEEP_BALANCE,
            ),
            whole("NEW.posting_id", SUMS_TO_ZERO, AS_ITS_LOTS),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"
