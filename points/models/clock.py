"""Time as the database has it while a row is written."""

from django.db import models


class WallClock(models.Func):
    """The moment of writing, not of the transaction's beginning: two transactions that write to one account in turn
    carry moments in that order."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()
