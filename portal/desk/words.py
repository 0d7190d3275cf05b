"""How a desk says who comes, where things stand, and how much time is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from benefits.models import Booking, Case, SettlementLine
from members.phone import mask

#: Classes of the stylesheet.
VISIT_CHIPS: dict[str, str] = {
    Booking.State.BOOKED: "chip-wait",
    Booking.State.CHECKED_IN: "chip-warn",
    Booking.State.COMPLETED: "chip-good",
    Booking.State.NO_SHOW: "chip-bad",
}
#: As the desk says it: the states' own names are the member's.
VISIT_STATES: dict[str, Promise] = {
    Booking.State.BOOKED: gettext_lazy("expected"),
    Booking.State.CHECKED_IN: gettext_lazy("is here"),
    Booking.State.COMPLETED: gettext_lazy("served"),
    Booking.State.CANCELLED: gettext_lazy("cancelled in time"),
    Booking.State.CANCELLED_LATE: gettext_lazy("cancelled too late"),
    Booking.State.NO_SHOW: gettext_lazy("did not come"),
}
CASE_CHIPS: dict[str, str] = {
    Case.State.ASKED: "chip-warn",
    Case.State.TAKEN: "chip-wait",
    Case.State.DONE: "chip-good",
    Case.State.DECLINED: "chip-bad",
}
CASE_STATES: dict[str, Promise] = {
    Case.State.ASKED: gettext_lazy("to be taken"),
    Case.State.TAKEN: gettext_lazy("being looked after"),
    Case.State.MEMBERS_TURN: gettext_lazy("waiting for the member"),
    Case.State.DONE: gettext_lazy("done"),
    Case.State.CANCELLED: gettext_lazy("called off"),
    Case.State.CANCELLED_LATE: gettext_lazy("called off after it was begun"),
    Case.State.DECLINED: gettext_lazy("declined"),
}


@dataclass(frozen=True)
class Visit:
    """A booking as the desk sees it. `who`, `mobile`: masked as long as the guest has not come."""

    booking: Booking
    who: str
    mobile: str
    state: Promise
    chip: str
    is_here: bool


def seen(booking: Booking) -> Visit:
    has_come = booking.checked_in_at is not None
    name = booking.guest.name if booking.guest else booking.customer.name
    return Visit(
        booking=booking,
        who=name if has_come else masked_name(name),
        mobile=mask(booking.member.mobile),
        state=VISIT_STATES[booking.state],
        chip=VISIT_CHIPS.get(booking.state, ""),
        is_here=booking.state == Booking.State.CHECKED_IN,
    )


def masked_name(name: str) -> str:
    """王** for 王小明: enough to call somebody up by."""
    return f"{name[:1]}**"


@dataclass(frozen=True)
class Clock:
    """`look`: a chip's class."""

    text: str
    look: str


def clock_of(case: Case) -> Clock | None:
    """What is left of the time, None where none runs: the case has ended, or what was promised is kept."""
    if case.state == Case.State.MEMBERS_TURN:
        return Clock(_("the clock stands still"), "")
    if case.state not in Case.OPEN or case.due_at is None:
        return None
    left = case.due_at - timezone.now()
    if left < timedelta():
        return Clock(_("late by %(time)s") % {"time": span(-left)}, "chip-bad")
    return Clock(_("%(time)s left") % {"time": span(left)}, "chip-warn" if left < timedelta(hours=4) else "chip-wait")


def span(time: timedelta) -> str:
    """In the largest unit that fits."""
    if time >= timedelta(days=1):
        return ngettext("%(count)s day", "%(count)s days", time.days) % {"count": time.days}
    minutes = int(time.total_seconds() // 60)
    if minutes >= 60:
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}


@dataclass(frozen=True)
class LineWords:
    """A line of a settlement, in words. `what`: the service; `why`: how the use ended, or what is corrected."""

    number: int
    at: datetime
    what: str
    why: str


def words_of(line: SettlementLine) -> LineWords:
    """No names: the provider knows its guests by the time, and a settlement is read by accountants."""
    of = line.corrects or line
    use = of.booking or of.case
    assert use
    if line.corrects:
        why = _("correction of line %(number)s of %(month)s") % {
            "number": of.pk,
            "month": f"{of.settlement.month:%Y-%m}",
        }
    else:
        why = use.get_state_display()
    at = use.starts_at if isinstance(use, Booking) else use.opened_at
    return LineWords(line.pk, timezone.localtime(at), use.entitlement.service.name, why)
