"""Prints the characters that the letter fonts keep, as pyftsubset wants them; see README.md beside this file.

Usage: python characters.py /usr/share/unicode regular|bold
"""

import bz2
import sys
from collections.abc import Iterator
from pathlib import Path

#: Latin with accents, punctuation, signs, kana, bopomofo, fullwidth forms.
BLOCKS = [
    (0x0020, 0x007E),
    (0x00A0, 0x024F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x20A0, 0x20BF),
    (0x2100, 0x218F),
    (0x2190, 0x2193),
    (0x2460, 0x2473),
    (0x3000, 0x303F),
    (0x3040, 0x30FF),
    (0x3105, 0x312F),
    (0xFF00, 0xFFEF),
]
#: By weight: properties of Unihan, and an encoding. Regular holds every name that older systems, which write GBK, can
#: deliver, and the international core of ideographs. Where a bold text needs more, the regular face steps in.
SETS = {"regular": (("kTGH", "kIICore"), "gbk"), "bold": (("kTGH",), "gb2312")}


def ideographs(unicode_data: Path, tables: tuple[str, ...]) -> Iterator[int]:
    """Code points that Unihan lists in any of these tables (the property's name)."""
    for name in ("Unihan_OtherMappings", "Unihan_IRGSources"):
        with bz2.open(unicode_data / f"{name}.txt.bz2", "rt", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("U+"):
                    code, table, _ = line.split("\t")
                    if table in tables:
                        yield int(code[2:], 16)


def encoded(codec: str) -> Iterator[int]:
    """Code points of the basic plane that this encoding can write."""
    for code in range(0xA0, 0xD800):
        if chr(code).encode(codec, errors="ignore"):
            yield code


def main(unicode_data: str, weight: str) -> None:
    kept = {code for first, last in BLOCKS for code in range(first, last + 1)}
    tables, codec = SETS[weight]
    kept |= set(encoded(codec)) | set(ideographs(Path(unicode_data), tables))
    sys.stdout.write("".join(f"{code:04X}\n" for code in sorted(kept)))


if __name__ == "__main__":
    main(*sys.argv[1:])
