"""That somebody holds a number which is not, or not yet, their account's."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.fields import BlindIndexField, SealedTextField
from members.models.member import Member

#: How long what was proved may be relied on.
GOOD_FOR = timedelta(minutes=10)


class ProvenNumberQuerySet(models.QuerySet["ProvenNumber"]):
    def usable(self, at: datetime | None = None) -> "ProvenNumberQuerySet":
        return self.filter(used_at=None, proved_at__gt=(at or timezone.now()) - GOOD_FOR)


class ProvenNumber(models.Model):
    """A number that `member` has proved by a code in one session; good for one change of phone, or one merger.

    Swept after a day: a number that was changed to stands in the account.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="proven_numbers")
    mobile = SealedTextField(_("mobile number"))
    mobile_index = BlindIndexField(source="mobile", purpose="mobile")
    session = models.CharField(max_length=64)
    entrance = models.CharField(max_length=10, choices=Entrance)
    proved_at = models.DateTimeField(db_default=Now(), db_index=True)
    used_at = models.DateTimeField(null=True)

    objects = ProvenNumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("proven number")
        verbose_name_plural = _("proven numbers")

    def __str__(self) -> str:
        return f"{self.pk} {self.member_id}"
