"""Reference photos that are kept here, for the demo: production refuses to start on them."""

from members.face.seams import NoUsablePhoto
from members.models import Customer, ReferencePhoto


class StoredPhotos:
    """Sealed in the database by `manage.py add_reference_photo`. Nobody vouches for whose face it is."""

    simulated = True

    def photo_of(self, customer: Customer) -> bytes:
        """See ReferencePhotoSource."""
        kept = ReferencePhoto.objects.filter(customer=customer).first()
        if kept is None:
            raise NoUsablePhoto("no reference photo")
        return kept.photo
