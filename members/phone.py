"""Telephone numbers: E.164 inside, as people write them outside."""

import phonenumbers

#: North America doesn't tell the two apart.
REACHABLE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


class NotAMobileNumber(ValueError):
    """Neither E.164 nor a mobile number of mainland China."""


class NotInAnyPlan(NotAMobileNumber):
    """No number of this country begins or is as long as this."""


class FixedLine(NotAMobileNumber):
    """A telephone that no text message reaches."""


def e164(text: str) -> str:
    """`+8613812345678` for `138 1234 5678`, `+86-138…` and the like. Raises NotAMobileNumber."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException as error:
        raise NotAMobileNumber("not a telephone number") from error
    if not phonenumbers.is_possible_number(number):
        raise NotAMobileNumber("not a possible telephone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def reachable_mobile(text: str) -> str:
    """E.164 of a number that text messages can reach: mainland mobiles as people write them, others with `+` or `00`.

    Raises NotInAnyPlan, FixedLine, NotAMobileNumber.
    """
    number = phonenumbers.parse(e164(text), None)
    if not phonenumbers.is_valid_number(number):
        raise NotInAnyPlan("no such number")
    if phonenumbers.number_type(number) not in REACHABLE:
        raise FixedLine("not a mobile number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask(text: str) -> str:
    """`138****5678`: enough to recognise one's own number by."""
    digits = text.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "****"
