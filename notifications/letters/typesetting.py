"""From what a letter says to the pages of a PDF, by Typst.

The text goes in as data (JSON), never as markup, so nothing that it holds can be read as an instruction.
"""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final
from unicodedata import normalize

import typst

from notifications.letters.content import LetterContent
from notifications.letters.glyphs import FONTS, require_glyphs
from notifications.letters.wording import dated, insurer, labels

SOURCE = Path(__file__).resolve().parent / "letter.typ"
#: Made for archives and tagged for screen readers; costs no measurable time over a plain PDF.
STANDARD: Final = "a-2a"

#: A compiler refuses a second thread.
ALONE = Lock()


class NotTypeset(Exception):
    """The typesetter refuses this letter. Its own words may quote the text, so they are left out."""


@cache
def compiler() -> typst.Compiler:
    """Reads the fonts once per process (the first letter takes 0.1 s, the next 15 ms). Made in the worker itself:
    its threads would not survive a fork.
    """
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(SOURCE, root=SOURCE.parent, font_paths=fonts, ignore_system_fonts=True)


def typeset(content: LetterContent) -> bytes:
    """The letter as PDF/A. Raises MissingGlyphs for characters outside the font, NotTypeset for anything else."""
    content = composed(content)
    words = labels(content.language)
    sender, date = insurer(content.language), dated(content.dated_on, content.language)
    require_glyphs([*texts(content), *words.values(), sender, date])
    letter = json.dumps(
        {
            "language": content.language,
            "title": content.title,
            "addressee": content.addressee,
            "postal_lines": content.postal_lines,
            "salutation": content.salutation,
            "paragraphs": content.paragraphs,
            "figures": content.figures,
            "what_to_do": content.what_to_do,
            "reference": content.reference,
            "dated": date,
            "insurer": sender,
            "labels": words,
        },
        ensure_ascii=False,
    )
    try:
        with ALONE:
            pdf = compiler().compile(
                sys_inputs={"letter": letter}, format="pdf", pdf_standards=STANDARD, timestamp=midnight(content)
            )
    except typst.TypstError:
        raise NotTypeset("the typesetter refuses this letter") from None
    assert isinstance(pdf, bytes)
    return pdf


def composed(content: LetterContent) -> LetterContent:
    """Accents as one character with their letter (NFC): as two, the second has no glyph of its own."""
    return replace(
        content,
        title=nfc(content.title),
        addressee=nfc(content.addressee),
        postal_lines=tuple(map(nfc, content.postal_lines)),
        salutation=nfc(content.salutation),
        paragraphs=tuple(map(nfc, content.paragraphs)),
        figures=tuple((nfc(label), nfc(value)) for label, value in content.figures),
        what_to_do=tuple(map(nfc, content.what_to_do)),
    )


def nfc(text: str) -> str:
    return normalize("NFC", text)


def texts(content: LetterContent) -> list[str]:
    """Everything in a letter that is printed."""
    return [
        content.title,
        content.addressee,
        *content.postal_lines,
        content.salutation,
        *content.paragraphs,
        *(cell for pair in content.figures for cell in pair),
        *content.what_to_do,
        content.reference,
    ]


def midnight(content: LetterContent) -> int:
    """The letter's date as the document's time of creation: the same letter gives the same pages."""
    return content.dated_on.toordinal() * 86_400 - EPOCH


EPOCH = 719_163 * 86_400  # date(1970, 1, 1).toordinal()
