"""Why the ledger does not book something. Nothing of what was refused is written."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.templatetags.figures import grouped


class LedgerRefusal(Exception):
    """The ledger does not book this; `str()` says why, in the reader's language."""


class UnknownMember(LedgerRefusal):
    def __str__(self) -> str:
        return _("There is no such member.")


class AccountEnded(LedgerRefusal):
    """It was closed, or merged into another: nobody puts anything right there any more."""

    def __str__(self) -> str:
        return _("This account is closed, and its points went with it.")


class PointsNotWhole(LedgerRefusal, TypeError):
    """A float, a Decimal, a text, or a truth value."""

    def __str__(self) -> str:
        return _("Points are whole numbers.")


class PointsNotPositive(LedgerRefusal, ValueError):
    def __str__(self) -> str:
        return _("Points have to be more than none.")


class PointsTooMany(LedgerRefusal, ValueError):
    """Beyond what an account can hold: 2**63 - 1, its balance included."""

    def __str__(self) -> str:
        return _("These are more points than an account can hold.")


class KeyConflict(LedgerRefusal):
    """The same key was booked with other content. The caller has a fault, or somebody tries something."""

    def __str__(self) -> str:
        return _("Something else was booked under this key already.")


class InsufficientPoints(LedgerRefusal):
    """`owed`: what is earned next pays it, before any of it can be used."""

    def __init__(self, *, available: int, asked: int, owed: int) -> None:
        super().__init__(available, asked, owed)
        self.available = available
        self.asked = asked
        self.owed = owed

    @property
    def missing(self) -> int:
        return self.asked - self.available

    @property
    def to_earn(self) -> int:
        """Until there are enough."""
        return self.missing + self.owed

    def __str__(self) -> str:
        return ngettext(
            "%(missing)s point is missing: %(asked)s are needed, and %(available)s can be used now.",
            "%(missing)s points are missing: %(asked)s are needed, and %(available)s can be used now.",
            self.missing,
        ) % {"missing": grouped(self.missing), "asked": grouped(self.asked), "available": grouped(self.available)}


class UnusableDates(LedgerRefusal, ValueError):
    """Points that would expire before they can be used, or a moment without a time zone."""

    def __str__(self) -> str:
        return _("Points have to be usable before they expire.")


class UnknownHold(LedgerRefusal):
    def __str__(self) -> str:
        return _("No points were set aside for this.")


class HoldEnded(LedgerRefusal):
    """It was used, released or timed out before."""

    def __str__(self) -> str:
        return _("The points that were set aside for this were used or released before.")


class MoreThanHeld(LedgerRefusal):
    def __str__(self) -> str:
        return _("Fewer points than these were set aside.")


class UnknownPosting(LedgerRefusal):
    def __str__(self) -> str:
        return _("There is no such booking.")


class NotReversible(LedgerRefusal):
    """Only what was earned, or adjusted in the member's favour, is taken back; what was redeemed is refunded."""

    def __str__(self) -> str:
        return _("Bookings of this kind can't be taken back.")


class AlreadyReversed(LedgerRefusal):
    def __str__(self) -> str:
        return _("This was taken back before.")


class NotRefundable(LedgerRefusal):
    def __str__(self) -> str:
        return _("Only what was redeemed is given back.")


class MoreThanWasTaken(LedgerRefusal):
    """A refund, with those before it, of more than was redeemed."""

    def __str__(self) -> str:
        return _("More would be given back than was redeemed.")


class NothingToBook(LedgerRefusal):
    """No points are there that this would move."""

    def __str__(self) -> str:
        return _("There are no points that this would move.")
