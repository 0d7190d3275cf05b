"""What was booked: a posting and its entries, which sum to zero and are never changed."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from points.models.account import Account, System
from points.models.clock import WallClock
from points.models.indexes import only_where_known
from points.models.protection import ADDED, append_only, never_emptied
from points.models.seal import Seal

# The entries of a posting come in one statement, and last: lots, uses of lots and the capture of a hold stand before
# them. So one look at the rows of a statement says whether a posting is whole, and what is whole takes nothing more.
WHOLE = """
    IF EXISTS (
        SELECT FROM added GROUP BY posting_id HAVING sum(amount) <> 0
            OR min(posted_at) < transaction_timestamp() OR max(posted_at) > clock_timestamp()
            OR count(*) <> (SELECT count(*) FROM points_entry entry WHERE entry.posting_id = added.posting_id)
    ) OR EXISTS (
        SELECT FROM (
            SELECT posting_id, account_id, amount FROM added JOIN points_account ON points_account.id = account_id
                WHERE kind = 'points'
            UNION ALL SELECT posting_id, account_id, -points FROM points_lot
                WHERE posting_id IN (SELECT posting_id FROM added)
            UNION ALL SELECT used.posting_id, account_id, used.points FROM points_lotuse used
                JOIN points_lot ON points_lot.id = lot_id WHERE used.posting_id IN (SELECT posting_id FROM added)
        ) AS moved GROUP BY posting_id, account_id HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION '%', CASE
            WHEN (SELECT count(*) FROM added)
                < (SELECT count(*) FROM points_entry WHERE posting_id IN (SELECT posting_id FROM added))
            THEN 'a posting that was booked takes nothing more'
            WHEN EXISTS (SELECT FROM added GROUP BY posting_id HAVING sum(amount) <> 0)
                OR EXISTS (SELECT FROM added WHERE posted_at NOT BETWEEN transaction_timestamp() AND clock_timestamp())
            THEN 'the entries of a posting do not sum to zero, or are not booked now'
            ELSE 'a posting moves other points than its lots do' END USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# Row by row: a plan of one step takes a third of the time of one for the statement, where it has a single entry.
KEEP_BALANCE = """
    UPDATE points_account SET balance = balance + NEW.amount
        WHERE id = NEW.account_id AND balance + NEW.amount = NEW.balance_after;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'balance_after is not the balance' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# Of what is added to a posting before its entries.
NOT_BOOKED_YET = """
    IF EXISTS (SELECT FROM points_entry JOIN added ON added.posting_id = points_entry.posting_id) THEN
        RAISE EXCEPTION 'a posting that was booked takes nothing more' USING ERRCODE = 'restrict_violation';
    END IF;
"""
# Asked at the commit, or at once where somebody has made checks immediate. One trigger for all kinds, because one that
# has a condition costs every posting as much as a look into a table.
BOOKED = """
    IF NEW.seal_id IS NOT NULL THEN
        RAISE EXCEPTION 'posting % was not sealed by a block', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM points_entry WHERE posting_id = NEW.id) THEN
        RAISE EXCEPTION 'posting % has no entries', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'refund' THEN
        -- A redemption may come back in parts, and no more of it than there was.
        IF (SELECT sum(amount) FROM points_entry JOIN points_posting ON points_posting.id = posting_id
            WHERE system IS NOT NULL AND (points_posting.id = NEW.undoes_id
                OR points_posting.undoes_id = NEW.undoes_id AND points_posting.kind = 'refund')) < 0 THEN
            RAISE EXCEPTION 'more is given back than was taken' USING ERRCODE = 'check_violation';
        END IF;
        -- Of a reward, what a second person has agreed to (GivingBack), whoever writes.
        IF EXISTS (SELECT FROM points_hold hold JOIN points_redemption redemption ON redemption.hold_id = hold.id
                   WHERE hold.posting_id = NEW.undoes_id)
            AND NOT EXISTS (SELECT FROM points_givingback WHERE posting_id = NEW.id) THEN
            RAISE EXCEPTION 'a reward is given back by two people' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF NEW.kind IN ('adjust', 'reverse') THEN
        -- Of points by hand, who stands for them (PointAdjustment, which says how many one person may book alone), and
        -- for taking them back.
        IF (NEW.kind = 'adjust' OR 'adjust' = (SELECT kind FROM points_posting WHERE id = NEW.undoes_id))
            AND NOT EXISTS (SELECT FROM points_pointadjustment WHERE posting_id = NEW.id) THEN
            RAISE EXCEPTION 'points by hand are booked with an adjustment' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NULL;
"""

# A block has as many as it says when it is committed (points_seal), so that one more is too many ever after.
SEALED = """
    IF EXISTS (SELECT FROM points_seal WHERE id IN (SELECT seal_id FROM added)
               AND postings_count < (SELECT count(*) FROM points_posting WHERE seal_id = points_seal.id)) THEN
        RAISE EXCEPTION 'a block that was closed takes nothing more' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
"""


class Posting(models.Model):
    """One thing that was booked, once for each `(scope, key)`; append-only but for the seal, which is set once.

    `request_hash`: 32 bytes of what was asked, so that a repetition is told from a conflict. `reason`: the code of the
    rule, the reward, or why staff did it, for people to read in their words. `cause`: what it rests on, such as the
    event's source and id, or the redemption; never personal data. `undoes`: the accrual that is taken back, or the
    redemption that is refunded, in whole or in part.
    """

    class Kind(models.TextChoices):
        ACCRUE = "accrue", _("earned")
        REDEEM = "redeem", _("redeemed")
        REFUND = "refund", _("given back")
        LAPSE = "lapse", _("expired")
        EXTEND = "extend", _("given a new date")
        SETTLE = "settle", _("settled what was owed")
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
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by", db_index=False)
    posted_by = models.ForeignKey(
        "members.Member", models.PROTECT, null=True, related_name="+", verbose_name=_("by staff"), db_index=False
    )
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="postings", db_index=False)

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="points_posting_once"),
            models.UniqueConstraint(
                fields=["undoes"], condition=models.Q(kind="reverse"), name="points_posting_reversed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["reverse", "refund"], undoes__isnull=False)
                | ~models.Q(kind__in=["reverse", "refund"]) & models.Q(undoes=None),
                name="points_posting_undoes_another",
            ),
        ]
        indexes = [
            # The sealing job's queue. Never "id greater than": a slow transaction's id is lower than a sealed one's.
            models.Index(fields=["id"], condition=models.Q(seal=None), name="points_posting_unsealed"),
            *(only_where_known("posting", field) for field in ("undoes", "posted_by", "seal")),
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
            pgtrigger.Trigger(
                name="sealed_with_its_block",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=ADDED,
                func=SEALED,
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
            pgtrigger.Trigger(
                name="booked",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=BOOKED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope} {self.key}"


class EntryQuerySet(models.QuerySet["Entry"]):
    def of_member(self, member_id: int) -> "EntryQuerySet":
        """On the member's points, not on what they owe."""
        account = Account.objects.filter(member=member_id, kind=Account.Kind.POINTS)
        return self.filter(account=models.Subquery(account.values("pk")))

    def latest_first(self) -> "EntryQuerySet":
        return self.order_by("-posted_at", "-id")

    def earlier_than(self, at: datetime, entry_id: int) -> "EntryQuerySet":
        """Before this place in the order of booking."""
        return self.filter(posted_at__lte=at).exclude(posted_at=at, pk__gte=entry_id)


class Entry(models.Model):
    """One side of a posting: a member's account, with the balance after it, or one of the insurer's. Append-only.

    Within an account, the order of `id` and of `posted_at` is the order in which the balance changed: both are given
    while the account is locked.
    """

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="entries", db_index=False)
    system = models.SmallIntegerField(_("insurer's account"), choices=System, null=True)
    amount = models.BigIntegerField(_("points"))
    balance_after = models.BigIntegerField(_("balance after"), null=True)
    posted_at = models.DateTimeField(_("booked"), db_default=WallClock())

    objects = EntryQuerySet.as_manager()

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
        indexes = [
            models.Index(
                fields=["account", "-posted_at", "-id"],
                condition=models.Q(account__isnull=False),
                name="points_entry_statement",
            )
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="keep_balance",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                condition=pgtrigger.Condition("NEW.account_id IS NOT NULL"),
                func=KEEP_BALANCE,
            ),
            pgtrigger.Trigger(
                name="whole",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=ADDED,
                func=WHOLE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"
