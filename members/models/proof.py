"""Moments at which a member proved a factor: what an action may rely on for a while, or once."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.entrances import Entrance
from members.models.member import Member


class Factor(models.TextChoices):
    CODE = "code", _("one-time code")
    PASSKEY = "passkey", _("passkey")
    FACE = "face", _("face")


class Proof(models.Model):
    """A factor proved in one session, perhaps for one request; used at most once where it is bound to it.

    `session`: a hash of the session's key or the app's token, so that a proof at one entrance opens no other.
    `request`: SHA-256 of what the member confirmed, null where it was given for no request.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="proofs")
    factor = models.CharField(max_length=8, choices=Factor)
    session = models.CharField(max_length=64)
    entrance = models.CharField(max_length=10, choices=Entrance)
    request = models.BinaryField(max_length=32, null=True)
    evidence = models.CharField(max_length=100, blank=True)
    proved_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("proof")
        verbose_name_plural = _("proofs")
        indexes = [models.Index(fields=["member", "session", "-proved_at"], name="proof_newest")]
        triggers = [
            pgtrigger.ReadOnly(name="only_used", exclude=["used_at"]),
            pgtrigger.Protect(
                name="used_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__used_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.factor}"
