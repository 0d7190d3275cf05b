"""Ranges for constraints that keep periods apart."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models


class DateRange(models.Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class OneKeyRange(models.Func):
    """A key as a range, so that GiST compares it for equality without the extension btree_gist."""

    template = "INT8RANGE(%(expressions)s, %(expressions)s, '[]')"
