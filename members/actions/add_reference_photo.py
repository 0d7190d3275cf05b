"""A reference photo that is kept here, for the demo and for an insurer without an identity source."""

from django.db import transaction

from members.face.frames import Frame
from members.face.seams import NoUsablePhoto
from members.models import Customer, ReferencePhoto


@transaction.atomic
def add_reference_photo(*, customer: Customer, photo: bytes) -> ReferencePhoto:
    """Seals the photo, in place of an earlier one. Raises UnreadableFrame, NoUsablePhoto (not exactly one face)."""
    frame = Frame(photo)
    if len(frame.faces) != 1:
        raise NoUsablePhoto("not exactly one face")
    kept, _ = ReferencePhoto.objects.update_or_create(customer=customer, defaults={"photo": photo})
    return kept
