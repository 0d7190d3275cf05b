"""A delivery that staff uploaded, of the policy book or of what another package imports: files, progress, rejects."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.customer import Language


class Delivery(models.Model):
    """Abstract. `files`: its files, rows of a DeliveryFile."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")

    #: Nothing more happens to these.
    SETTLED = (State.FINISHED, State.FAILED)

    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"), db_default=Now())
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    # In which refusals and rejects are written: that of the person who uploads.
    language = models.CharField(max_length=10, choices=Language, default=Language.CHINESE)
    # Moves while a worker is at it; when it stands still, another worker takes over.
    alive_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=100, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"#{self.pk}"


class DeliveryFile(models.Model):
    """Abstract: one file of a delivery. The counts are those of docs/feeds.md: read is the sum of the others."""

    name = models.CharField(max_length=20)
    # Sealed at rest, and deleted once it is in.
    content = models.FileField(upload_to="imports/", max_length=200, blank=True)
    size_bytes = models.BigIntegerField()
    done_bytes = models.BigIntegerField(default=0)
    rejects = models.FileField(upload_to="imports/", max_length=200, blank=True)
    ignored_columns = models.JSONField(default=list)
    refused = models.TextField(blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        return 100 * self.done_bytes // self.size_bytes if self.size_bytes else 100

    @property
    def read(self) -> int:
        return sum(self.counts.values())


class BookImport(Delivery):
    class Meta:
        verbose_name = _("import of the policy book")
        verbose_name_plural = _("imports of the policy book")


class BookImportFile(DeliveryFile):
    delivery = models.ForeignKey(BookImport, models.CASCADE, related_name="files")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "name"], name="import_file_once")]
