"""A reference photo that is kept here, for the demo and for an insurer without an identity source."""

import io

from django.db import transaction
from PIL import Image

from members.face.frames import Frame
from members.face.seams import NoUsablePhoto
from members.models import Customer, ReferencePhoto

#: As phones take them; kept is what is compared, 640 pixels wide.
MOST_BYTES, MOST_PIXELS = 10_000_000, 50_000_000
QUALITY = 92


@transaction.atomic
def add_reference_photo(*, customer: Customer, photo: bytes) -> ReferencePhoto:
    """Seals the photo, upright and without what the camera wrote into it, in place of an earlier one.

    Raises UnreadableFrame, NoUsablePhoto (not exactly one face).
    """
    frame = Frame(photo, most_bytes=MOST_BYTES, most_pixels=MOST_PIXELS)
    if len(frame.faces) != 1:
        raise NoUsablePhoto("not exactly one face")
    small = io.BytesIO()
    Image.fromarray(frame.pixels).save(small, "JPEG", quality=QUALITY)
    kept, _ = ReferencePhoto.objects.update_or_create(customer=customer, defaults={"photo": small.getvalue()})
    return kept
