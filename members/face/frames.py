"""Pictures from a camera: read with distrust, kept in memory alone."""

import hashlib
import io
import struct
import warnings
from functools import cached_property

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from members.face import sight

MOST_BYTES = 600_000
#: 1920×1080; what is larger is no frame of a camera check, and is not unpacked.
MOST_PIXELS = 2_100_000
#: Analysed at this many pixels' width at most.
WIDTH = 640
SHORTEST_SIDE = 240
#: A phone's JPEG may hold a small second picture for previews, which makes Pillow call it MPO: the first one counts.
PHOTOS = ("JPEG", "MPO")
FORMATS = ("JPEG", "PNG", "WEBP")


class UnreadableFrame(Exception):
    """`reason`: too_large, not_an_image, moving, too_small, broken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Frame:
    """One picture. What is found in it is looked for once.

    A session's 29 pictures are 36 MB when all are unpacked, so they are unpacked when they are looked at
    (`Frame.known`), and packed again after (`pack_up`).
    """

    def __init__(self, data: bytes, *, most_bytes: int = MOST_BYTES, most_pixels: int = MOST_PIXELS) -> None:
        """Raises UnreadableFrame."""
        self.data = data
        self.pixels = unpack(data, most_bytes, most_pixels)

    @classmethod
    def known(cls, data: bytes) -> "Frame":
        """Of a picture that was read before, when it came in."""
        frame = cls.__new__(cls)
        frame.data = data
        return frame

    @classmethod
    def of(cls, pixels: np.ndarray) -> "Frame":
        """Of pixels that are known to be good."""
        frame = cls.__new__(cls)
        frame.data, frame.pixels = b"", pixels
        return frame

    def pack_up(self) -> None:
        """What was found stays."""
        if self.data:
            for unpacked in ("pixels", "grey"):
                vars(self).pop(unpacked, None)

    @cached_property
    def pixels(self) -> np.ndarray:
        return unpack(self.data, MOST_BYTES, MOST_PIXELS)

    @cached_property
    def grey(self) -> np.ndarray:
        return np.asarray(Image.fromarray(self.pixels).convert("L"))

    @cached_property
    def large_faces(self) -> list[sight.SeenFace]:
        """Quickly: those that fill a third of the picture's height."""
        return sight.look(self.pixels, coarse=True)

    @cached_property
    def faces(self) -> list[sight.SeenFace]:
        return sight.look(self.pixels)

    @cached_property
    def encoding(self) -> np.ndarray:
        """Of the one face. Raises LookupError where there isn't exactly one."""
        found = self.large_faces or self.faces
        if len(found) != 1:
            raise LookupError("not exactly one face")
        return sight.encode(self.pixels, found[0])

    @cached_property
    def digest(self) -> bytes:
        """32 bytes of what is to be seen: the same picture in another wrapping has the same."""
        return hashlib.sha256(repr(self.pixels.shape).encode() + self.pixels.tobytes()).digest()


def unpack(data: bytes, most_bytes: int, most_pixels: int) -> np.ndarray:
    """Height×width×3 uint8, RGB, at most WIDTH wide. Raises UnreadableFrame.

    The header's size is looked at before anything is unpacked: 60 megapixels fit into a few kilobytes.
    """
    if len(data) > most_bytes:
        raise UnreadableFrame("too_large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > most_pixels:
                raise UnreadableFrame("too_large")
            if min(image.size) < SHORTEST_SIDE:
                raise UnreadableFrame("too_small")
            if image.format not in PHOTOS and getattr(image, "n_frames", 1) > 1:
                raise UnreadableFrame("moving")
            if image.format in PHOTOS:
                image.draft("RGB", (WIDTH, WIDTH))
            # A phone lays its pictures on their side, and says so.
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableFrame("too_large") from error
    except UnidentifiedImageError as error:
        raise UnreadableFrame("not_an_image") from error
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, struct.error) as error:
        # Pillow's decoders say all of these of damaged files.
        raise UnreadableFrame("broken") from error
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.BILINEAR)
    return np.asarray(picture)
