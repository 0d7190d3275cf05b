"""What a file is, told by its content: a name and a browser's word for it are worth nothing."""

import io
import warnings

from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from benefits.refusals.document import NotADocument

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
#: More than any phone's camera or office scanner takes; a small file can claim to be enormous.
MOST_PIXELS = 150_000_000
#: The mark may stand behind a little rubbish (ISO 32000-1, annex H.3.4.1 of implementations).
MARK_WITHIN = 1024


def kind_of(content: bytes) -> str:
    """Its media type. Raises NotADocument for anything but a whole PDF, JPEG or PNG, and for a PDF with a password."""
    if b"%PDF-" in content[:MARK_WITHIN]:
        require_readable_pdf(content)
        return PDF
    return picture_kind(content)


def require_readable_pdf(content: bytes) -> None:
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        readable = not reader.encrypted and int(reader.root["/Pages"]["/Count"]) > 0
    # A damaged file may break any assumption of the reader's: whatever is raised, assertions too, is the file's fault.
    except Exception as fault:
        raise NotADocument from fault
    if not readable:
        raise NotADocument


def picture_kind(content: bytes) -> str:
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as found,
        ):
            kind, pixels = found.format, found.width * found.height
            found.verify()
    except Exception as fault:  # as above
        raise NotADocument from fault
    if pixels > MOST_PIXELS:
        raise NotADocument
    return JPEG if kind == "JPEG" else PNG
