"""What stands on the pages of a PDF that Typst made: its texts in the order of drawing."""

import re
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader

# Parentheses that come in pairs stand in a text as they are.
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")


def pages(pdf: bytes) -> int:
    return int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"])


def text_of(pdf: bytes) -> str:
    found = []
    for kid in PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Kids"]:
        page = kid.get_object()
        fonts = {name[1:]: mapping(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
        known: dict[bytes, str] = {}
        for font, shown in SHOWN.findall(page["/Contents"].data):
            if font:
                known = fonts[font.decode()]
                found.append(" ")
            else:
                codes = ESCAPED.sub(unescaped, shown)
                found += [known.get(codes[place : place + 2], "?") for place in range(0, len(codes), 2)]
    return "".join(found)


def mapping(font) -> dict[bytes, str]:
    pairs = MAPPED.findall(font["/ToUnicode"].data)
    return {bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8)]) if said.isdigit() else LETTERS.get(said, said)
