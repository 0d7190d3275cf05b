"""Which characters the letters' fonts can show. What it can't is told before printing: never a blank box."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from struct import iter_unpack, unpack_from

FONTS = Path(__file__).resolve().parent.parent / "fonts"
#: What decides; where a bold face lacks a character, the typesetter takes it from a regular one.
REGULAR = (FONTS / "NotoSansCJKsc-Regular.otf", FONTS / "NotoSans-Regular.ttf")
#: They shape the line and need no glyph.
LAYOUT = frozenset({"\n", "\t"})


class MissingGlyphs(Exception):
    """A letter holds characters that the fonts lack. The message names code points, never the text around them."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = frozenset(characters)
        super().__init__(
            "no glyph for " + ", ".join(f"U+{ord(character):04X}" for character in sorted(self.characters))
        )


def require_glyphs(texts: Iterable[str]) -> None:
    """Raises MissingGlyphs unless the fonts have a glyph for every character of every text."""
    missing = set().union(*texts) - printable() - LAYOUT
    if missing:
        raise MissingGlyphs(missing)


@cache
def printable() -> frozenset[str]:
    return frozenset(chr(code) for font in REGULAR for code in mapped(font.read_bytes()))


def mapped(font: bytes) -> Iterator[int]:
    """The code points that an OpenType font maps to a glyph: the fullest of its `cmap` subtables.

    Read here because fontTools, a development dependency, takes 0.3 s to load; a test compares the two.
    """
    (tables,) = unpack_from(">H", font, 4)
    records = (unpack_from(">4sLLL", font, 12 + 16 * place) for place in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (subtables,) = unpack_from(">H", font, cmap + 2)
    starts = [cmap + unpack_from(">HHL", font, cmap + 4 + 8 * place)[2] for place in range(subtables)]
    by_format = {unpack_from(">H", font, start)[0]: start for start in starts}
    spans = groups(font, by_format[12]) if 12 in by_format else segments(font, by_format[4])
    return chain.from_iterable(range(first, last + 1) for first, last in spans)


def groups(font: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Format 12: (first, last, glyph) of every run."""
    (count,) = unpack_from(">L", font, start + 12)
    for first, last, _ in iter_unpack(">LLL", font[start + 16 : start + 16 + 12 * count]):
        yield first, last


def segments(font: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Format 4, of the basic plane: all ends, then all beginnings; the last segment only closes the list."""
    (size,) = unpack_from(">H", font, start + 6)
    count = size // 2
    lasts = unpack_from(f">{count}H", font, start + 14)
    firsts = unpack_from(f">{count}H", font, start + 16 + size)
    return zip(firsts[:-1], lasts[:-1], strict=True)
