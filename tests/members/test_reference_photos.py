"""A reference photo that is kept here: sealed, with one face, replaced by a better one."""

import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from PIL import Image

from members.actions.add_reference_photo import add_reference_photo
from members.face.frames import UnreadableFrame
from members.face.seams import NoUsablePhoto
from members.models import ReferencePhoto
from tests.face_sequences import jpeg, portrait
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
ORIENTATION, CAMERA = 0x0112, 0x0110


@pytest.fixture(scope="module")
def face():
    return jpeg(portrait("collins"), quality=90)


@pytest.fixture
def alice():
    return CustomerFactory(customer_no="C900000001")


def test_it_is_sealed_and_replaced(alice, face):
    add_reference_photo(customer=alice, photo=face)
    other = jpeg(portrait("hopper"), quality=90)
    add_reference_photo(customer=alice, photo=other)
    kept = ReferencePhoto.objects.get().photo
    assert difference(kept, other) < difference(kept, face)
    with connection.cursor() as cursor:
        cursor.execute("SELECT photo FROM members_referencephoto")
        assert kept[:20] not in bytes(cursor.fetchone()[0])


def difference(one, other):
    pictures = [np.asarray(Image.open(io.BytesIO(each)).resize((64, 64)), dtype=float) for each in (one, other)]
    return np.abs(pictures[0] - pictures[1]).mean()


def test_a_photo_of_a_phone_is_put_upright_and_made_small(alice):
    large = Image.fromarray(portrait("collins")).resize((3000, 2250)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn it clockwise to see it upright
    exif[CAMERA] = "a phone with a name"
    taken = io.BytesIO()
    large.save(taken, "JPEG", quality=95, exif=exif)
    kept = Image.open(io.BytesIO(add_reference_photo(customer=alice, photo=taken.getvalue()).photo))
    assert kept.width == 640 > kept.height
    assert not kept.getexif()


def test_a_photo_of_a_phone_that_holds_a_preview_too_is_taken(alice):
    """Such a JPEG is MPO to Pillow."""
    large = Image.fromarray(portrait("collins")).resize((3000, 2250))
    taken = io.BytesIO()
    large.save(taken, "MPO", quality=95, save_all=True, append_images=[large.resize((320, 240))])
    kept = Image.open(io.BytesIO(add_reference_photo(customer=alice, photo=taken.getvalue()).photo))
    assert (kept.format, kept.width) == ("JPEG", 640)


def test_what_shows_no_single_face_is_refused(alice):
    with pytest.raises(NoUsablePhoto):
        add_reference_photo(customer=alice, photo=jpeg(np.full_like(portrait("collins"), 128)))
    with pytest.raises(UnreadableFrame):
        add_reference_photo(customer=alice, photo=b"GIF89a")
    assert not ReferencePhoto.objects.exists()


def test_the_command_keeps_it(alice, face, tmp_path, capsys):
    file = tmp_path / "portrait.jpg"
    file.write_bytes(face)
    call_command("add_reference_photo", "C900000001", file)
    assert "C900000001" in capsys.readouterr().out
    assert ReferencePhoto.objects.get().customer == alice


@pytest.mark.parametrize(
    ("number", "content", "said"),
    [
        ("C999999999", b"", "There is no customer C999999999"),
        ("C900000001", None, "No such file"),
        ("C900000001", b"hello", "no picture to compare with"),
    ],
)
def test_the_command_says_what_is_wrong(alice, tmp_path, number, content, said):
    file = tmp_path / "portrait.jpg"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        call_command("add_reference_photo", number, file)
