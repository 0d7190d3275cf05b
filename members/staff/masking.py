"""Personal numbers as staff see them: enough to compare with what a customer says, too little to use."""

from members.phone import mask


def phone(number: str) -> str:
    return mask(number) if number else "—"


def document(number: str) -> str:
    return f"{'*' * (len(number) - 4)}{number[-4:]}" if len(number) > 8 else "****" if number else "—"


def email(address: str) -> str:
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "—"
