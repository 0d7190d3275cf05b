"""A member of staff hands in files to be imported."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction

from members.actions.run_delivery import files_of
from members.models import Delivery, Member

D = TypeVar("D", bound=Delivery)


@transaction.atomic
def start_delivery(
    *, model: type[D], names: Sequence[str], uploaded_by: Member, uploads: Mapping[str, File], language: str
) -> D:
    """Keeps the files (file name → content) that have one of the `names`, sealed, for `run_delivery`.

    `language`: of refusals and rejects. Raises PermissionDenied.
    """
    if not uploaded_by.has_perm(f"{model._meta.app_label}.add_{model._meta.model_name}"):
        raise PermissionDenied
    delivery: D = model._default_manager.create(uploaded_by=uploaded_by, language=language)
    for name in names:
        if content := uploads.get(name):
            file = files_of(delivery).model(delivery=delivery, name=name, size_bytes=content.size)
            file.content.save(f"{delivery.pk}-{name}", content, save=False)
            file.save()
    return delivery
