"""Identity documents as people type them: put right, and refused where they can't be what they claim."""

import re
import unicodedata
from datetime import date

from members.models import Customer
from members.resident_id import NotAResidentId, parse_resident_id

IdType = Customer.IdType
# Forms as printed on the documents: home-return permits begin with H or M; Taiwan permits have eight digits; the
# permanent residence card had three letters and twelve digits until 2023, and has eighteen digits since.
FORMS = {
    IdType.PASSPORT: re.compile(r"[A-Z0-9]{5,20}"),
    IdType.HK_MACAO_PERMIT: re.compile(r"[HM]\d{8}(\d{2})?"),
    IdType.TAIWAN_PERMIT: re.compile(r"\d{8}(\d{2}[A-Z0-9]?)?"),
    IdType.FOREIGN_PR_CARD: re.compile(r"[A-Z]{3}\d{12}|9\d{16}[\dX]"),
}
SEPARATORS = re.compile(r"[\s\-‐–—]")


class NotADocumentNumber(ValueError):
    """`reason` is one of: form, date, future, check_digit."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def document_number(id_type: str, text: str, *, today: date) -> str:
    """The number in its normal form: full-width digits, spaces and small letters put right. Raises NotADocumentNumber.

    A resident ID is checked by its date and check digit, never by its region (`members.resident_id` says why).
    """
    number = SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if id_type == IdType.RESIDENT_ID:
        try:
            return parse_resident_id(number, today=today).number
        except NotAResidentId as fault:
            raise NotADocumentNumber(fault.reason) from None
    if id_type not in FORMS or not FORMS[IdType(id_type)].fullmatch(number):
        raise NotADocumentNumber("form")
    return number


def same_person_name(text: str) -> str:
    """A name in the form in which two writings of it are equal.

    Rare characters have several code points (compatibility ideographs), the dot in 买买提·艾力 is typed in half a
    dozen ways, Latin names come in any case and spacing.
    """
    return re.sub(r"[\s·・•．.‧∙・'’-]", "", unicodedata.normalize("NFKC", text)).casefold()
