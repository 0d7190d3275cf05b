"""Codes bought in advance: how they came, to whom they went, and who was shown them."""

from datetime import date, timedelta

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.entrances import Entrance
from members.fields import BlindIndexField, SealedTextField
from members.models import Member
from points.models.protection import append_only, never_emptied
from points.models.redemption import Redemption
from points.models.reward import Reward

#: A code with fewer days left is given to nobody: a member must be able to use it.
LEAST_DAYS_LEFT = 7
#: Codes that end within so many days stand before staff.
EXPIRING_DAYS = 30


class VoucherBatch(models.Model):
    """One import. `faults`: what was put aside, as `points.rewards.voucher_faults.kept` makes it; never a
    code of a voucher."""

    reward = models.ForeignKey(Reward, models.PROTECT, related_name="batches", verbose_name=_("reward"))
    file_name = models.CharField(_("file"), max_length=100)
    added = models.PositiveIntegerField(_("added"))
    duplicates = models.PositiveIntegerField(_("known before"))
    rejected = models.PositiveIntegerField(pgettext_lazy("lines of a file", "rejected"))
    faults = models.JSONField(default=list)
    imported_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("imported by"))
    imported_at = models.DateTimeField(_("imported"), db_default=Now())

    class Meta:
        verbose_name = _("batch of voucher codes")
        verbose_name_plural = _("batches of voucher codes")
        default_permissions = ("add", "view")
        permissions = [("withdraw_voucherbatch", _("Can withdraw voucher codes"))]
        triggers = append_only()

    def __str__(self) -> str:
        return self.file_name


class VoucherCodeQuerySet(models.QuerySet["VoucherCode"]):
    def to_be_had(self, *, on: date) -> "VoucherCodeQuerySet":
        """Available, and good for long enough yet."""
        lasts = models.Q(expires_on=None) | models.Q(expires_on__gte=on + timedelta(days=LEAST_DAYS_LEFT))
        return self.filter(lasts, state=VoucherCode.State.AVAILABLE)

    def expiring(self, *, on: date) -> "VoucherCodeQuerySet":
        """Available, and to be used up or given back to the supplier soon."""
        return self.filter(state=VoucherCode.State.AVAILABLE, expires_on__lt=on + timedelta(days=EXPIRING_DAYS))

    def in_line(self, *, on: date) -> "VoucherCodeQuerySet":
        """As they are given away: the one that ends first."""
        return self.to_be_had(on=on).order_by(models.F("expires_on").asc(nulls_last=True), "pk")

    def next_in_line(self, *, on: date) -> "VoucherCode | None":
        """Locked; two buyers are never given the same, and neither waits for the other."""
        return self.in_line(on=on).select_for_update(skip_locked=True).first()


class VoucherCode(models.Model):
    """A code and, of an e-card, its password: sealed, compared by the code's blind index alone."""

    class State(models.TextChoices):
        AVAILABLE = "available", _("available")
        ASSIGNED = "assigned", _("given to a member")
        SPOILED = "spoiled", _("withdrawn")

    reward = models.ForeignKey(Reward, models.PROTECT, related_name="codes", verbose_name=_("reward"))
    batch = models.ForeignKey(VoucherBatch, models.PROTECT, related_name="codes", verbose_name=_("batch"))
    code = SealedTextField(_("code"))
    code_index = BlindIndexField(source="code", purpose="voucher_code", unique=True)
    password = SealedTextField(_("password"), null=True, blank=True)
    expires_on = models.DateField(_("last day"), null=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.AVAILABLE)
    redemption = models.OneToOneField(
        Redemption, models.PROTECT, null=True, related_name="voucher", verbose_name=_("redemption")
    )

    objects = VoucherCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("voucher code")
        verbose_name_plural = _("voucher codes")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="assigned", redemption__isnull=False)
                | models.Q(state="available", redemption=None)
                | models.Q(state="spoiled"),
                name="points_voucher_assigned_to_one",
            )
        ]
        indexes = [
            models.Index(
                fields=["reward", "expires_on", "id"],
                condition=models.Q(state="available"),
                name="points_voucher_available",
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="keeps_its_content",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["state", "redemption"]),
            ),
            # To nobody else, and back into the pool only from a redemption that was called off. Of one that was given
            # back it is withdrawn: it may have been seen, or used.
            pgtrigger.Trigger(
                name="stays_with_its_owner",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("OLD.state <> 'available' AND OLD.* IS DISTINCT FROM NEW.*"),
                func="""
                    IF OLD.state = 'assigned' AND NEW.state = 'available' AND EXISTS (
                        SELECT FROM points_redemption WHERE id = OLD.redemption_id AND state = 'cancelled'
                    ) THEN
                        RETURN NEW;
                    END IF;
                    IF OLD.state = 'assigned' AND NEW.state = 'spoiled' AND NEW.redemption_id = OLD.redemption_id
                        AND EXISTS (SELECT FROM points_redemption WHERE id = OLD.redemption_id AND given_back = points)
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'a voucher code stays with whom it was given to'
                        USING ERRCODE = 'restrict_violation';
                """,
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            never_emptied(),
        ]

    def __str__(self) -> str:
        return f"{self.reward_id} {self.state}"


class VoucherShowing(models.Model):
    """A code was shown to its owner. Append-only."""

    voucher = models.ForeignKey(VoucherCode, models.PROTECT, related_name="showings")
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    shown_at = models.DateTimeField(_("shown"), db_default=Now())

    class Meta:
        verbose_name = _("showing of a voucher code")
        verbose_name_plural = _("showings of voucher codes")
        default_permissions = ()
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.voucher_id} {self.shown_at}"
