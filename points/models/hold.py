"""Points set aside for something that is not certain yet."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from points.models.account import Account
from points.models.lot import Lot
from points.models.posting import Posting
from points.models.protection import ADDED, append_only, never_emptied

SET_ASIDE = """
    UPDATE points_lot SET held = held + part.points
    FROM (SELECT lot_id, sum(points) AS points FROM added GROUP BY lot_id) AS part WHERE points_lot.id = part.lot_id;
    UPDATE points_account SET held = held + part.points
    FROM (SELECT account_id, sum(added.points) AS points FROM added JOIN points_hold ON points_hold.id = hold_id
          GROUP BY account_id) AS part
    WHERE points_account.id = part.account_id;
    IF EXISTS (SELECT FROM added JOIN points_hold ON points_hold.id = hold_id JOIN points_lot ON points_lot.id = lot_id
               WHERE points_lot.account_id <> points_hold.account_id OR points_hold.state <> 'open') THEN
        RAISE EXCEPTION 'a hold keeps lots of its own account, while it is open' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM points_hold JOIN points_holdpart part ON part.hold_id = points_hold.id
               WHERE points_hold.id IN (SELECT hold_id FROM added)
               GROUP BY points_hold.id HAVING sum(part.points) > points_hold.points) THEN
        RAISE EXCEPTION 'a hold keeps no more than it says' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
LET_GO = """
    IF EXISTS (SELECT FROM points_entry WHERE posting_id = NEW.posting_id) THEN
        RAISE EXCEPTION 'a posting that was booked takes nothing more' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE points_lot SET held = held - part.points
    FROM (SELECT lot_id, sum(points) AS points FROM points_holdpart WHERE hold_id = NEW.id GROUP BY lot_id) AS part
    WHERE points_lot.id = part.lot_id;
    UPDATE points_account SET held = held
        - (SELECT coalesce(sum(points), 0) FROM points_holdpart WHERE hold_id = NEW.id)
    WHERE id = NEW.account_id;
    RETURN NULL;
"""
# Asked at the commit; whoever asks sooner asks of a posting that is whole.
CAPTURED = """
    IF NOT EXISTS (SELECT FROM points_entry WHERE posting_id = NEW.posting_id)
        OR NEW.captured <> (SELECT coalesce(sum(points), 0) FROM points_lotuse WHERE posting_id = NEW.posting_id)
        OR EXISTS (
            SELECT FROM points_lotuse used WHERE posting_id = NEW.posting_id
            GROUP BY lot_id HAVING sum(points) > (
                SELECT coalesce(sum(part.points), 0) FROM points_holdpart part
                WHERE part.hold_id = NEW.id AND part.lot_id = used.lot_id
            )
        ) THEN
        RAISE EXCEPTION 'a hold says other points than were taken' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# Of a redemption (points_redemption) and its hold, which end one after the other within a transaction.
TOGETHER = """
    redemption.points = hold.points AND CASE
        WHEN redemption.state = 'delivered' THEN hold.state = 'captured' AND hold.captured = redemption.points
        WHEN redemption.state IN ('failed', 'cancelled') THEN hold.state IN ('voided', 'timed_out')
        ELSE hold.state = 'open' END
"""
# Asked at the commit; of whatever else points are set aside for, nothing is asked.
ENDS_WITH_ITS_REDEMPTION = f"""
    IF EXISTS (SELECT FROM points_redemption redemption JOIN points_hold hold ON hold.id = hold_id
               WHERE hold.id = NEW.id AND NOT ({TOGETHER})) THEN
        RAISE EXCEPTION 'hold % and its redemption do not end together', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# A hold is for as many points as its parts.
COVERED = """
    IF NEW.points <> (SELECT coalesce(sum(points), 0) FROM points_holdpart WHERE hold_id = NEW.id) THEN
        RAISE EXCEPTION 'hold % keeps other points than it says', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


class HoldQuerySet(models.QuerySet["Hold"]):
    def timed_out(self, *, at: datetime) -> "HoldQuerySet":
        return self.filter(state=Hold.State.OPEN, expires_at__lte=at)


class Hold(models.Model):
    """An authorisation: it keeps points of certain lots, even past their expiry, until it ends in one of three ways.

    `captured`: how many points were taken in the end, by `posting`; the rest is free again.
    """

    class State(models.TextChoices):
        OPEN = "open", _("set aside")
        CAPTURED = "captured", _("used")
        VOIDED = "voided", _("released")
        TIMED_OUT = "timed_out", _("released, as nobody came back in time")

    account = models.ForeignKey(Account, models.PROTECT, related_name="holds")
    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    request_hash = models.BinaryField(max_length=32)
    points = models.BigIntegerField(_("points"))
    captured = models.BigIntegerField(_("used"), default=0)
    reason = models.CharField(_("reason"), max_length=60)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("set aside"), db_default=Now())
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="hold")

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="points_hold_once"),
            models.CheckConstraint(condition=models.Q(points__gt=0), name="points_hold_has_points"),
            models.CheckConstraint(
                condition=models.Q(state="open", captured=0, posting=None, ended_at=None)
                | models.Q(state__in=["voided", "timed_out"], captured=0, posting=None, ended_at__isnull=False)
                | models.Q(
                    state="captured",
                    captured__gt=0,
                    captured__lte=models.F("points"),
                    posting__isnull=False,
                    ended_at__isnull=False,
                ),
                name="points_hold_ends_one_way",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(state="open"), name="points_hold_open"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'open' OR NEW.state = 'open'"),
            ),
            pgtrigger.Protect(
                name="keeps_its_terms",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["state", "captured", "posting", "ended_at"]),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
            pgtrigger.Trigger(name="let_go", operation=pgtrigger.Update, when=pgtrigger.After, func=LET_GO),
            pgtrigger.Trigger(
                name="captured",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.state = 'captured'"),
                func=CAPTURED,
            ),
            pgtrigger.Trigger(
                name="ends_with_its_redemption",
                operation=pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=ENDS_WITH_ITS_REDEMPTION,
            ),
            pgtrigger.Trigger(
                name="covered",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func=COVERED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key} {self.state}"


class HoldPart(models.Model):
    """So many points of one lot. Append-only: what was kept can be read after the hold has ended."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="parts")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="hold_parts")
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("part of a hold")
        verbose_name_plural = _("parts of holds")
        constraints = [
            models.CheckConstraint(condition=models.Q(points__gt=0), name="points_hold_part_has_points"),
            models.UniqueConstraint(fields=["hold", "lot"], name="points_hold_part_once_per_lot"),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="set_aside",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=ADDED,
                func=SET_ASIDE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.points}"
