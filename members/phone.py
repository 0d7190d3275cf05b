"""Telephone numbers: E.164 inside, as people write them outside."""

import phonenumbers


class NotAMobileNumber(ValueError):
    """Neither E.164 nor a mobile number of mainland China."""


def e164(text: str) -> str:
    """`+8613812345678` for `138 1234 5678`, `+86-138…` and the like. Raises NotAMobileNumber."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException as error:
        raise NotAMobileNumber("not a telephone number") from error
    if not phonenumbers.is_possible_number(number):
        raise NotAMobileNumber("not a possible telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask(text: str) -> str:
    """`138****5678`: enough to recognise one's own number by."""
    digits = text.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "****"
