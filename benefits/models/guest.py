"""Family members for whom a member may book."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.fields import BlindIndexField, SealedTextField
from members.models import Customer

#: So many stand on a list at a time.
PLACES = 6


class FamilyGuestQuerySet(models.QuerySet["FamilyGuest"]):
    def listed(self) -> "FamilyGuestQuerySet":
        """Those on the list now."""
        return self.filter(removed_at=None)


class FamilyGuest(models.Model):
    """Somebody of the customer's family. Taken off the list, past visits keep the name.

    `place`: 1 to PLACES, one person each. Erased, nothing but the relation is left.
    """

    class Relation(models.TextChoices):
        SPOUSE = "spouse", _("spouse")
        CHILD = "child", _("child")
        PARENT = "parent", _("parent")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="family_guests")
    name = SealedTextField(_("name"))
    relation = models.CharField(_("relation"), max_length=6, choices=Relation)
    place = models.PositiveSmallIntegerField()
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    id_no = SealedTextField(_("document number"), null=True, blank=True)
    id_no_index = BlindIndexField(source="id_no", purpose="id_no", db_index=True)
    listed_at = models.DateTimeField(_("listed"), db_default=Now())
    removed_at = models.DateTimeField(_("taken off"), null=True, blank=True)

    objects = FamilyGuestQuerySet.as_manager()

    class Meta:
        verbose_name = _("family member")
        verbose_name_plural = _("family members")
        ordering = ["listed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "id_no_index"],
                condition=models.Q(removed_at=None),
                name="benefits_guest_listed_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "place"],
                condition=models.Q(removed_at=None),
                name="benefits_guest_has_own_place",
            ),
            models.CheckConstraint(condition=models.Q(place__range=(1, PLACES)), name="benefits_guest_has_a_place"),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=False)
                | models.Q(birth_date__isnull=False, id_no_index__isnull=False),
                name="benefits_guest_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.relation}"

    @property
    def id_no_end(self) -> str:
        """As much of the document number as a page shows."""
        return (self.id_no or "")[-4:]
