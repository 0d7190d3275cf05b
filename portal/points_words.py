"""What was booked, in the member's own words: what for, when, how many points, and what of them paid a debt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from points.models import EarningRule, GivingBack, PointAdjustment, Posting, Reward, adjustment, giving_back
from points.queries import Movement

Kind = Posting.Kind
#: With what it is for, and without where that has no name (any more).
WORDS = {
    Kind.ACCRUE: ("%(what)s", gettext_lazy("Earned")),
    Kind.REDEEM: (gettext_lazy("Redeemed: %(what)s"), gettext_lazy("Redeemed")),
    Kind.REFUND: (gettext_lazy("Given back: %(what)s"), gettext_lazy("Given back")),
    Kind.REVERSE: (gettext_lazy("Taken back: %(what)s"), gettext_lazy("Taken back")),
}
PLAIN = {
    Kind.LAPSE: gettext_lazy("Expired"),
    Kind.EXTEND: gettext_lazy("Good for 30 days more"),
    Kind.SETTLE: gettext_lazy("Paid what you owed"),
    Kind.ADJUST: gettext_lazy("Put right by our staff"),
    Kind.FORFEIT: gettext_lazy("The account was closed"),
}
#: For sums.
SORTS = (
    {kind: words for kind, (_what, words) in WORDS.items()}
    | PLAIN
    | {Kind.TRANSFER: gettext_lazy("Between your accounts")}
)
#: Why staff put something right, as far as it is for the member to read.
TOLD = {f"{adjustment.SCOPE}.{reason.value}": reason.label for reason in PointAdjustment.Reason if reason.is_told}
#: Why a reward was given back, likewise.
GIVEN_BACK_FOR = {f"{giving_back.SCOPE}.{reason.value}": reason.label for reason in GivingBack.Reason if reason.is_told}


@dataclass(frozen=True)
class Line:
    """In the reader's language. `balance`: after it, None where it changed nothing but what is owed."""

    id: int
    kind: str
    title: str
    note: str
    at: datetime
    points: int
    balance: int | None


def lines(movements: Sequence[Movement]) -> list[Line]:
    """In the order of `movements`; two queries at most."""
    reasons = {movement.undone.reason if movement.undone else movement.reason for movement in movements}
    known = names(reasons)
    return [
        Line(
            id=movement.entry_id,
            kind=movement.kind.value,
            title=title(movement, known),
            note=" · ".join(notes(movement)),
            at=movement.at,
            points=movement.points,
            balance=movement.balance,
        )
        for movement in movements
    ]


def by_day(shown: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    """Shanghai's days, in the order of the lines."""
    return [(day, list(of_day)) for day, of_day in groupby(shown, key=lambda line: timezone.localdate(line.at))]


def title(movement: Movement, known: dict[str, str]) -> str:
    if movement.kind == Kind.TRANSFER:
        came = movement.points > 0 or movement.owed > 0
        return _("From your other account") if came else _("To your other account")
    if movement.kind in PLAIN:
        return str(PLAIN[movement.kind])
    named, plain = WORDS[movement.kind]
    what = known.get(movement.undone.reason if movement.undone else movement.reason)
    return str(named) % {"what": what} if what else str(plain)


def notes(movement: Movement) -> Iterable[str]:
    if undone := movement.undone:
        day = date_format(timezone.localdate(undone.at))
        yield (_("redeemed on %(day)s") if undone.kind == Kind.REDEEM else _("earned on %(day)s")) % {"day": day}
    if movement.owed > 0:
        yield _("%(points)s of it had been used already: you owe them") % {"points": f"{movement.owed:,}"}
    if movement.owed < 0 and movement.kind != Kind.SETTLE:
        yield _("%(points)s of it paid what you owed") % {"points": f"{-movement.owed:,}"}
    if movement.kind == Kind.ADJUST and movement.reason in TOLD:
        yield str(TOLD[movement.reason])
    if movement.kind == Kind.REFUND and movement.reason in GIVEN_BACK_FOR:
        yield str(GIVEN_BACK_FOR[movement.reason])
    if movement.kind == Kind.EXTEND:
        yield _("they came back to you after their last day")


def names(reasons: Iterable[str]) -> dict[str, str]:
    """Code → the name of the rule or the reward, in the reader's language; what nobody knows is left out."""
    wanted = set(reasons)
    if not wanted:
        return {}
    found = {rule.code: rule.name for rule in EarningRule.objects.filter(code__in=wanted)}
    return found | {reward.sku: reward.name for reward in Reward.objects.filter(sku__in=wanted - set(found))}
