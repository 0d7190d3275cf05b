"""What a CSV file needs for the programs that people open it with."""

#: Without it Excel takes UTF-8 for something else.
BOM = "\N{BYTE ORDER MARK}"
#: What makes a formula of a text (OWASP, CSV injection), full-width forms included.
FORMULA = "=+-@\t\r\n＝＋－＠"


class Said:
    """A file that hands on at once what is written to it."""

    def write(self, text: str) -> str:
        return text


def plain(text: str) -> str:
    """So that no program takes it for a formula. Numbers of ours are numbers, and need none of this."""
    return f"'{text}" if text[:1] and text[0] in FORMULA else text
