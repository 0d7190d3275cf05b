"""A hat, a mask, a scarf before the camera: painted over the portraits, and what is said of them (docs/face.md)."""

import numpy as np
import pytest
from django.utils import translation
from PIL import Image, ImageDraw

from members.face.frames import Frame
from members.face.liveness import guidance
from members.face.seams import Reason
from members.face.thresholds import thresholds
from portal.face_words import HINTS, refusal_words
from tests.face_sequences import PORTRAITS, jpeg, landmarks_of, portrait

MASKS = {"surgical": (120, 170, 210), "white": (235, 235, 235), "black": (25, 25, 28)}
BROWS = slice(17, 27)


def wearing(name, paint):
    """The portrait with what `paint` draws by its 68 points and the distance of its eyes."""
    marks, image = landmarks_of(name), Image.fromarray(portrait(name))
    eyes = float(np.linalg.norm(marks[36:42].mean(axis=0) - marks[42:48].mean(axis=0)))
    paint(ImageDraw.Draw(image), marks, eyes)
    return Frame(jpeg(np.asarray(image)))


def mask(colour):
    """From jaw to jaw, up over the nose."""
    return lambda draw, marks, eyes: draw.polygon([tuple(marks[i]) for i in (*range(2, 15), 28)], fill=colour)


def scarf(draw, marks, eyes):
    """Over chin and mouth; the nose is free."""
    draw.polygon([tuple(marks[i]) for i in (*range(4, 13), 54, 48)], fill=(150, 30, 40))


def hat(draw, marks, eyes):
    """As low as hair, the brows free."""
    lowest = marks[BROWS, 1].min() - 0.35 * eyes
    draw.rectangle([marks[0, 0] - 0.4 * eyes, 0, marks[16, 0] + 0.4 * eyes, lowest], fill=(40, 40, 60))


def far_from_bare(name, frame):
    return float(np.linalg.norm(frame.encoding - Frame(jpeg(portrait(name))).encoding))


@pytest.mark.parametrize("colour", MASKS)
@pytest.mark.parametrize("name", PORTRAITS)
def test_a_mask_leaves_no_face_to_be_seen_and_the_hint_says_to_take_it_off(name, colour):
    assert guidance([wearing(name, mask(MASKS[colour]))]) == Reason.NO_FACE
    with translation.override("en"):
        assert "Take off mask" in str(HINTS[Reason.NO_FACE])


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_hat_that_leaves_the_brows_free_changes_nothing(name):
    frame = wearing(name, hat)
    assert guidance([frame]) is None
    assert far_from_bare(name, frame) < thresholds().matching.accept / 3


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_scarf_over_the_mouth_is_not_told_from_a_beard_but_makes_a_face_less_like_itself(name):
    """It is let go on: whoever then is not recognised is told to take it off."""
    frame = wearing(name, scarf)
    assert guidance([frame]) is None
    assert far_from_bare(name, frame) > 0.3
    with translation.override("en"):
        assert "scarf" in str(refusal_words(Reason.NO_MATCH)[1])
