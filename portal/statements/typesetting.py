"""Pages of a PDF from what a member is told, by Typst, in the fonts of the letters.

The text goes in as data (JSON), never as markup, so nothing that it holds can be read as an instruction.
"""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from unicodedata import normalize

import typst

from notifications.letters.glyphs import FONTS, printable

FOLDER = Path(__file__).resolve().parent
#: A compiler refuses a second thread.
ALONE = Lock()
#: Stands for a character that the fonts lack: a name is known by the others, and a member is never refused the page.
LACKING = "〓"


@cache
def compiler(source: str) -> typst.Compiler:
    """Reads the fonts once per process; made in the worker itself, as its threads would not survive a fork."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(FOLDER / source, root=FOLDER, font_paths=fonts, ignore_system_fonts=True)


def typeset(source: str, said: dict[str, Any], *, made_at: datetime) -> bytes:
    """PDF/A, tagged for screen readers. `source`: a file beside this one, which finds `said` in the input `said`."""
    text = json.dumps({name: drawable(value) for name, value in said.items()}, ensure_ascii=False)
    with ALONE:
        pdf = compiler(source).compile(
            sys_inputs={"said": text}, format="pdf", pdf_standards="a-2a", timestamp=int(made_at.timestamp())
        )
    assert isinstance(pdf, bytes)
    return pdf


def drawable(value: Any) -> Any:
    """The same with each text in characters that the fonts have."""
    if isinstance(value, list):
        return [drawable(each) for each in value]
    known = printable()
    return "".join(character if character in known else LACKING for character in normalize("NFC", value))
