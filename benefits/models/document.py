"""Papers of a visit or a case: what a member sends, and what a provider reports. Sealed on disk."""

from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from benefits.models.booking import Booking
from benefits.models.case import Case, Side
from members.entrances import Entrance
from members.fields import SealedTextField
from members.models import Member


def nameless(_document: models.Model, _filename: str) -> str:
    """Where a file is kept says nothing of whose it is."""
    return f"benefits/{uuid4().hex}"


class DocumentQuerySet(models.QuerySet["BenefitDocument"]):
    def kept(self) -> "DocumentQuerySet":
        """Those that were not erased."""
        return self.exclude(file="")


class BenefitDocument(models.Model):
    """Of a booking or of a case. `kind`: its media type, read from its content; `name` as it was sent.

    A provider's report of a visit is opened by the member alone. Nothing of it changes, but that `name` and `file` are
    erased with the account.
    """

    booking = models.ForeignKey(Booking, models.PROTECT, null=True, blank=True, related_name="documents")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="documents")
    side = models.CharField(_("by"), max_length=8, choices=Side)
    by = models.ForeignKey(Member, models.PROTECT, related_name="+")
    name = SealedTextField(_("name"), null=True)
    kind = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    file = models.FileField(upload_to=nameless, blank=True)
    sent_at = models.DateTimeField(_("sent"), db_default=Now())

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(booking=None) ^ models.Q(case=None), name="benefits_document_of_one"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stays_as_it_is", exclude=["name", "file"]),
            pgtrigger.Protect(
                name="only_erased",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.name IS NOT NULL OR NEW.file <> ''"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id or self.case_id} {self.side}"


class DocumentOpening(models.Model):
    """A document was handed to somebody who may see it. Append-only."""

    document = models.ForeignKey(BenefitDocument, models.PROTECT, related_name="openings")
    by = models.ForeignKey(Member, models.PROTECT, related_name="+")
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    opened_at = models.DateTimeField(_("opened"), db_default=Now())

    class Meta:
        verbose_name = _("opening of a document")
        verbose_name_plural = _("openings of documents")
        default_permissions = ()
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.document_id} {self.opened_at}"
