"""Ranges for constraints that keep periods apart."""

from typing import Any

from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField
from django.db import models


class DateRange(models.Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class TimeRange(models.Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class OneKeyRange(models.Func):
    """A key as a range, so that GiST compares it for equality without the extension btree_gist."""

    template = "INT8RANGE(%(expressions)s, %(expressions)s, '[]')"

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        """The key stands there twice, and so does its value where the constraint is asked before anything is stored."""
        sql, params = super().as_sql(compiler, connection, *args, **kwargs)
        return sql, (*params, *params)
