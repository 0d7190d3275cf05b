"""Indexes of columns that are mostly empty: a row without a value costs nothing."""

from django.db import models


def only_where_known(model: str, field: str) -> models.Index:
    return models.Index(
        fields=[field], condition=models.Q(**{f"{field}__isnull": False}), name=f"points_{model}_{field}"
    )
