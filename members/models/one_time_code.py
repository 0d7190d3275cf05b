"""One-time codes: what was sent to a number, for what, and how often somebody has guessed."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.crypto import blind_index, keyed_hash
from members.fields import BlindIndexField, SealedTextField

MAX_GUESSES = 5


def code_digest(pk: uuid.UUID, digits: str) -> bytes:
    """32 bytes; the same digits have another digest in every row."""
    return keyed_hash(pk.bytes + digits.encode(), "one_time_code")


class OneTimeCodeQuerySet(models.QuerySet["OneTimeCode"]):
    def to_mobile(self, mobile: str) -> "OneTimeCodeQuerySet":
        """The codes that went to this number (E.164)."""
        return self.filter(mobile_index=blind_index(mobile, "mobile"))


class OneTimeCode(models.Model):
    """A code that went to a mobile number. The id stays in the session that asked for it: nobody else can use it.

    The code itself is kept as a keyed digest; a million codes would be tried in no time against a plain one.
    """

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("signing in")
        CONFIRM = "confirm", _("confirming that it is you")
        PROVE_NUMBER = "prove_number", _("confirming this number")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose)
    mobile = SealedTextField()
    mobile_index = BlindIndexField(source="mobile", purpose="mobile")
    digest = models.BinaryField(max_length=32)
    guesses = models.PositiveSmallIntegerField(default=0)
    issued_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = OneTimeCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        constraints = [
            models.CheckConstraint(condition=models.Q(guesses__lte=MAX_GUESSES), name="one_time_code_guesses"),
        ]
        indexes = [
            models.Index(fields=["mobile_index", "-issued_at"], name="one_time_code_newest"),
            models.Index(fields=["issued_at"], name="one_time_code_age"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.issued_at:%Y-%m-%d %H:%M}"
