"""Model fields for personal data. They hold plain values in Python and sealed ones in PostgreSQL."""

import json
from typing import Any

from django import forms
from django.db import models

from members.crypto import blind_index, seal, unseal

ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class SealedField(models.BinaryField):
    """Encrypted at rest; can't be filtered by: look it up through a BlindIndexField beside it."""

    description = "Encrypted value"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def to_bytes(self, value: Any) -> bytes:
        return str(value).encode()

    def from_bytes(self, value: bytes) -> Any:
        return value.decode()

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(self.sealed(value), connection, prepared)

    def sealed(self, value: Any) -> bytes | None:
        """What the database keeps, for writers that go around the ORM."""
        if value is None or (value == "" and self.null):
            return None
        return seal(self.to_bytes(value), self.context)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.from_bytes(unseal(bytes(value), self.context))

    def get_lookup(self, lookup_name: str) -> Any:
        # df and ndf: a trigger asks whether a column changes (django-pgtrigger).
        if lookup_name not in ("isnull", "df", "ndf"):
            raise TypeError(f"{self.name} is encrypted; filter by its blind index.")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is encrypted and is not serialised.")


class SealedTextField(SealedField):
    """Text, encrypted at rest."""

    # What the type checker takes a model's attribute for.
    _pyi_private_set_type: str | None
    _pyi_private_get_type: str  # type: ignore[assignment]

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return "" if value is None else super().from_db_value(value, expression, connection)

    def formfield(self, **kwargs: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": forms.CharField, **kwargs})


class SealedBytesField(SealedField):
    """Bytes, such as a picture, encrypted at rest."""

    _pyi_private_set_type: bytes | None
    _pyi_private_get_type: bytes

    def to_bytes(self, value: Any) -> bytes:
        return bytes(value)

    def from_bytes(self, value: bytes) -> bytes:
        return value


class SealedJSONField(SealedField):
    """A JSON value, encrypted at rest."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def to_bytes(self, value: Any) -> bytes:
        return ENCODER.encode(value).encode()

    def from_bytes(self, value: bytes) -> Any:
        return json.loads(value)


class BlindIndexField(models.BinaryField):
    """What a sealed field is looked up by; follows its source whenever the row is saved."""

    description = "Blind index"

    def __init__(self, *, source: str = "", purpose: str = "", **kwargs: Any) -> None:
        self.source, self.purpose = source, purpose
        kwargs.update(editable=False, null=True)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.update(source=self.source, purpose=self.purpose)
        kwargs.pop("null", None)
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = blind_index(getattr(model_instance, self.source), self.purpose)
        setattr(model_instance, self.attname, value)
        return value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else bytes(value)
