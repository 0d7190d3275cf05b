"""Why somebody is not put on a family list, or not taken off it."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benefits.refusals.base import BenefitRefused, clock_words, day_words


class FamilyListFull(BenefitRefused):
    """`places`: how many the list has."""

    code = "family_list_full"

    def __init__(self, places: int) -> None:
        super().__init__(places)
        self.places = places

    def __str__(self) -> str:
        return _("Your list has room for %(places)s people. Please take somebody off it first.") % {
            "places": self.places
        }


class ListedAlready(BenefitRefused):
    """Under this document, with another name or relation."""

    code = "listed_already"

    def __str__(self) -> str:
        return _("Somebody with this document number is on your list already.")


class NotFamilyYourself(BenefitRefused):
    """The document is the customer's own."""

    code = "not_family_yourself"

    def __str__(self) -> str:
        return _("This is your own document. You need not be on the list: you book for yourself without it.")


class BirthDateDiffers(BenefitRefused):
    code = "birth_date_differs"

    def __str__(self) -> str:
        return _("The birth date is not the one in the document number. Please check both.")


class FamilyChangesUsedUp(BenefitRefused):
    """`changes`: how many people may be taken off in a year; `again_on`: from then on it is possible."""

    code = "family_changes_used_up"

    def __init__(self, changes: int, again_on: date) -> None:
        super().__init__(changes, again_on)
        self.changes, self.again_on = changes, again_on

    def __str__(self) -> str:
        return ngettext(
            "%(changes)s person a year can be taken off the list. The next one can be from %(day)s on.",
            "%(changes)s people a year can be taken off the list. The next one can be from %(day)s on.",
            self.changes,
        ) % {"changes": self.changes, "day": day_words(self.again_on)}


class GuestExpected(BenefitRefused):
    """`expected`: what stands open for them, (service, when) each: the start of a visit, the day of a waiting list,
    nothing for a case."""

    code = "guest_expected"

    def __init__(self, expected: Sequence[tuple[str, datetime | date | None]]) -> None:
        super().__init__(expected)
        self.expected = expected

    def __str__(self) -> str:
        said = _(", ").join(f"{service} {when_words(when)}".rstrip() for service, when in self.expected)
        return _("Something stands open for this person: %(what)s. Please end it first.") % {"what": said}


def when_words(when: datetime | date | None) -> str:
    if when is None:
        return ""
    return clock_words(when) if isinstance(when, datetime) else day_words(when)
