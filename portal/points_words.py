"""What was booked, in the member's own words: what for, when, how many points, and what of them paid a debt."""

from collections.abc import Iterable, Mapping, Sequence
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
#: Of a posting's cause, before the colon and the number (points.actions.end_redemption).
REDEMPTION = "redemption"
#: With what it is for, and without where that has no name (any more).
WORDS = {
    Kind.ACCRUE: ("%(what)s", gettext_lazy("Earned")),
    Kind.REDEEM: (gettext_lazy("Redeemed: %(what)s"), gettext_lazy("Redeemed")),
    Kind.REFUND: (gettext_lazy("Given back: %(what)s"), gettext_lazy("Given back")),
    Kind.REVERSE: (gettext_lazy("Taken back: %(what)s"), gettext_lazy("Taken back")),
}
#: Of points that were redeemed for others.
GIVEN = (gettext_lazy("Given: %(what)s"), gettext_lazy("Given"))
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
    """In the reader's language. `balance`: after it, None where it changed nothing but what is owed. `redemption_id`:
    what it is about, None where that is nothing that was redeemed.
    """

    id: int
    kind: str
    title: str
    note: str
    at: datetime
    points: int
    balance: int | None
    redemption_id: int | None = None


@dataclass(frozen=True)
class Known:
    """Code → the name of the rule or the reward, in the reader's language; and which of them give to others."""

    names: Mapping[str, str]
    gifts: frozenset[str]


def lines(movements: Sequence[Movement]) -> list[Line]:
    """In the order of `movements`; two queries at most."""
    reasons = {movement.undone.reason if movement.undone else movement.reason for movement in movements}
    known = known_of(reasons)
    return [
        Line(
            id=movement.entry_id,
            kind=movement.kind.value,
            title=title(movement, known),
            note=" · ".join(notes(movement)),
            at=movement.at,
            points=movement.points,
            balance=movement.balance,
            redemption_id=redemption_of(movement),
        )
        for movement in movements
    ]


def by_day(shown: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    """Shanghai's days, in the order of the lines."""
    return [(day, list(of_day)) for day, of_day in groupby(shown, key=lambda line: timezone.localdate(line.at))]


def title(movement: Movement, known: Known) -> str:
    if movement.kind == Kind.TRANSFER:
        came = movement.points > 0 or movement.owed > 0
        return _("From your other account") if came else _("To your other account")
    if movement.kind in PLAIN:
        return str(PLAIN[movement.kind])
    reason = movement.undone.reason if movement.undone else movement.reason
    named, plain = GIVEN if movement.kind == Kind.REDEEM and reason in known.gifts else WORDS[movement.kind]
    what = known.names.get(reason)
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


def redemption_of(movement: Movement) -> int | None:
    """What was taken for it, given back of it, or settled with what came free of it."""
    cause = movement.undone.cause if movement.undone else movement.cause
    about, _colon, number = cause.partition(":")
    return int(number) if about == REDEMPTION and number.isdecimal() else None


def known_of(reasons: Iterable[str]) -> Known:
    """What nobody knows (any more) is left out; two queries at most."""
    wanted = set(reasons)
    if not wanted:
        return Known({}, frozenset())
    found = {rule.code: rule.name for rule in EarningRule.objects.filter(code__in=wanted)}
    rewards = Reward.objects.filter(sku__in=wanted - set(found))
    gifts = frozenset(reward.sku for reward in rewards if reward.kind == Reward.Kind.DONATION)
    return Known(found | {reward.sku: reward.name for reward in rewards}, gifts)
