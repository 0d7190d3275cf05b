"""Where points come from and when they expire: lots, and what was used of them."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from points.models.account import Account
from points.models.clock import WallClock
from points.models.indexes import only_where_known
from points.models.posting import NOT_BOOKED_YET, Posting
from points.models.protection import ADDED, append_only, never_emptied

KEEP_REMAINING = f"""
    {NOT_BOOKED_YET}
    UPDATE points_lot SET remaining = remaining - used.points
    FROM (SELECT lot_id, sum(points) AS points FROM added GROUP BY lot_id) AS used
    WHERE points_lot.id = used.lot_id;
    RETURN NULL;
"""  # noqa: S608 constants
COMES_WITH_ITS_POSTING = """
    IF EXISTS (
        SELECT FROM added WHERE remaining <> points OR held <> 0
            OR EXISTS (SELECT FROM points_entry WHERE points_entry.posting_id = added.posting_id)
    ) THEN
        RAISE EXCEPTION '%', CASE
            WHEN EXISTS (SELECT FROM added WHERE remaining <> points OR held <> 0) THEN 'a lot begins whole'
            ELSE 'a posting that was booked takes nothing more' END USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
"""


class LotQuerySet(models.QuerySet["Lot"]):
    def left(self) -> "LotQuerySet":
        """The indexes are of these alone."""
        return self.filter(remaining__gt=0)

    def free(self) -> "LotQuerySet":
        """With points that nothing holds back."""
        return self.left().filter(remaining__gt=models.F("held"))

    def expired(self, *, at: datetime) -> "LotQuerySet":
        return self.free().filter(expires_at__lte=at)

    def pending(self, *, at: datetime) -> "LotQuerySet":
        return self.left().filter(available_at__gt=models.F("accrued_at")).filter(available_at__gt=at)

    def first_expiring_first(self) -> "LotQuerySet":
        """The order of use that costs a member the fewest points; among equals, the older one first."""
        return self.order_by("expires_at", "id")


class Lot(models.Model):
    """Points with one date of availability and one of expiry. The database counts `remaining` and `held`.

    `source`: the lot whose points these are, where they were given a new date or moved to another account.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="lots", db_index=False)
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="lots")
    source = models.ForeignKey("self", models.PROTECT, null=True, related_name="descendants", db_index=False)
    points = models.BigIntegerField(_("points"))
    remaining = models.BigIntegerField(_("remaining"))
    held = models.BigIntegerField(_("held"), default=0)
    accrued_at = models.DateTimeField(db_default=WallClock())
    available_at = models.DateTimeField(_("available from"))
    expires_at = models.DateTimeField(_("expires"))

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(held__gte=0, remaining__gte=models.F("held"), points__gte=models.F("remaining")),
                name="points_lot_never_overspent",
            ),
            models.CheckConstraint(condition=models.Q(points__gt=0), name="points_lot_has_points"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("available_at")), name="points_lot_usable_at_all"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at", "id"], condition=models.Q(remaining__gt=0), name="points_lot_by_expiry"
            ),
            models.Index(
                fields=["account", "available_at"],
                condition=models.Q(remaining__gt=0, available_at__gt=models.F("accrued_at")),
                name="points_lot_pending",
            ),
            models.Index(fields=["expires_at"], condition=models.Q(remaining__gt=0), name="points_lot_expiring"),
            only_where_known("lot", "source"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="comes_with_its_posting",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=ADDED,
                func=COMES_WITH_ITS_POSTING,
            ),
            pgtrigger.Trigger(
                name="written_by_uses_alone",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
                func="RAISE EXCEPTION 'a lot changes by uses and holds alone' USING ERRCODE = 'restrict_violation';",
            ),
            pgtrigger.Protect(
                name="keeps_its_dates",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["remaining", "held"]),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.points}"


class LotUse(models.Model):
    """What a posting took out of a lot, or, negative, put back into it. Append-only."""

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="lot_uses")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="uses")
    points = models.BigIntegerField(_("points"))

    class Meta:
        verbose_name = _("use of a lot")
        verbose_name_plural = _("uses of lots")
        constraints = [models.CheckConstraint(condition=~models.Q(points=0), name="points_lot_use_moves_points")]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="keep_remaining",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=ADDED,
                func=KEEP_REMAINING,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {-self.points:+d}"
