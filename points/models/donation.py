"""Points given to a charity: the company pays CNY 1 for 100 of them (rewards.csv)."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from points.models.charity import CharityProject
from points.models.protection import append_only
from points.models.redemption import Redemption
from points.terms import COST


class DonationQuerySet(models.QuerySet["Donation"]):
    def void(self) -> "DonationQuerySet":
        """Given back: nothing is owed, and the certificate is good for nothing."""
        return self.filter(redemption__given_back=models.F("redemption__points"))

    def standing(self) -> "DonationQuerySet":
        return self.exclude(redemption__given_back=models.F("redemption__points"))


class Donation(models.Model):
    """What the company owes the charity, and the number of the member's certificate. Append-only: of one that two of
    the staff gave back, all at once, its redemption says so."""

    redemption = models.OneToOneField(Redemption, models.PROTECT, related_name="donation")
    project = models.ForeignKey(CharityProject, models.PROTECT, related_name="donations", verbose_name=_("project"))
    points = models.BigIntegerField(_("points"))
    amount = models.DecimalField(_("amount (CNY)"), max_digits=12, decimal_places=2)
    certificate_no = models.CharField(_("certificate number"), max_length=30, unique=True)
    issued_at = models.DateTimeField(_("issued"), db_default=Now())

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(points__gt=0, amount=models.F("points") * COST),
                name="points_donation_is_what_the_points_cost",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.certificate_no
