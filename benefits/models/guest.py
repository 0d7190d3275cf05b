"""Family members for whom a member may book."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.fields import BlindIndexField, SealedTextField
from members.models import Customer


class FamilyGuest(models.Model):
    """Somebody of the customer's family. Taken off the list, past visits keep the name."""

    class Relation(models.TextChoices):
        SPOUSE = "spouse", _("spouse")
        CHILD = "child", _("child")
        PARENT = "parent", _("parent")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="family_guests")
    name = SealedTextField(_("name"))
    relation = models.CharField(_("relation"), max_length=6, choices=Relation)
    birth_date = models.DateField(_("birth date"))
    id_no = SealedTextField(_("document number"), null=True, blank=True)
    id_no_index = BlindIndexField(source="id_no", purpose="id_no", db_index=True)
    mobile = SealedTextField(_("mobile number"), null=True, blank=True)
    listed_at = models.DateTimeField(_("listed"), db_default=Now())
    removed_at = models.DateTimeField(_("taken off"), null=True, blank=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.relation}"
