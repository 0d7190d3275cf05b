"""Attempts that are counted so that nobody can guess: by account, document, address, device."""

from django.db import models


class AttemptWindow(models.Model):
    """How often something was tried by or on a subject since the window began.

    `subject` is a keyed hash: the row says that somebody tried, not who. Rows of past windows are swept.
    """

    kind = models.CharField(max_length=30)
    subject = models.BinaryField(max_length=32)
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject", "began_at"], name="attempt_window_once")]
        indexes = [models.Index(fields=["began_at"], name="attempt_window_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.count}"
