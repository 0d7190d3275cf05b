"""A code that staff send a member, to do something in the member's own phone that staff must not do for them."""

from datetime import timedelta

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.member import Member

CODE_LASTS = timedelta(minutes=15)


class ServiceCode(models.Model):
    """Good once and for CODE_LASTS, for this member alone. It begins something; all that is asked is proved as ever.

    `code_hash`: a keyed hash, so that whoever reads the table can use no code.
    """

    class Purpose(models.TextChoices):
        VERIFY_IDENTITY = "verify_identity", _("verify the identity")
        VERIFY_FACE = "verify_face", _("verify by face")

    member = models.ForeignKey(Member, models.PROTECT, related_name="service_codes", verbose_name=_("member"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    code_hash = models.BinaryField(max_length=32)
    entrance = models.CharField(_("entrance"), max_length=10, choices=Entrance)
    sent_by = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("service code")
        verbose_name_plural = _("service codes")
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=models.Q(used_at=None), name="service_code_one_open"),
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("sent_at") + CODE_LASTS), name="service_code_short"
            ),
            models.CheckConstraint(
                condition=models.Q(entrance__in=[Entrance.COUNTER, Entrance.HOTLINE]), name="service_code_by_staff"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="only_used", exclude=["used_at"]),
            pgtrigger.Protect(
                name="used_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__used_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.purpose}"
