"""What an action asks for, in words that need no training."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from members.assurance.terms import Terms, action_name
from members.entrances import Entrance
from members.models import Factor, Level


@dataclass(frozen=True)
class Line:
    """One point of the terms. `before` is None where there is nothing to compare with."""

    label: str
    text: str
    before: str | None = None

    @property
    def differs(self) -> bool:
        return self.before is not None and self.before != self.text


def name_of(action: str) -> str:
    return action_name(action, get_language() or "")


def amount(value: Decimal) -> str:
    """`any amount`, or `CNY 10,000.00 and above`."""
    if not value:
        return _("any amount")
    return _("CNY %(amount)s and above") % {"amount": f"{value:,.2f}"}


def minutes(length: timedelta) -> str:
    number = length // timedelta(minutes=1)
    return ngettext("%(number)d minute", "%(number)d minutes", number) % {"number": number}


def hours(length: timedelta) -> str:
    number = length // timedelta(hours=1)
    return ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}


def factors(terms: Terms) -> str:
    if not terms.factors:
        return _("none")
    names = _(" or ").join(str(Factor(factor).label) for factor in terms.factors)
    return _("%(factors)s, not older than %(minutes)s") % {"factors": names, "minutes": minutes(terms.fresh)}


def points(terms: Terms) -> dict[str, str]:
    """Label → text, always the same points in the same order."""
    return {
        _("For"): amount(terms.amount_from),
        _("Level of the member"): str(Level(terms.level).label),
        _("Second factor"): factors(terms),
        _("Confirmation"): _("for this very request, used once") if terms.bound else _("not bound to a request"),
        _("Entrances"): _(", ").join(str(Entrance(each).label) for each in terms.entrances),
        _("Takes effect"): _("after %(hours)s") % {"hours": hours(terms.hold)} if terms.hold else _("at once"),
        _("After a change of phone"): _("waits until the cooling time is over")
        if terms.waits_after_change
        else _("is not held up"),
    }


def lines(terms: Terms, before: Terms | None = None) -> list[Line]:
    then = points(before) if before else {}
    return [Line(label, text, then.get(label)) for label, text in points(terms).items()]
