"""Numbers that come back from a form: our own, unless somebody has tampered with it."""

#: More than any number of ours has; Python refuses to read thousands, the database more than a few.
MOST_DIGITS = 18
#: Further on no list goes.
LARGEST_PAGE = 10_000


def number_from(text: str) -> int:
    """0 for what can be no number of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0


def page_from(text: str) -> int:
    """From 1 on: the first for what can be none."""
    return min(number_from(text) or 1, LARGEST_PAGE)
