"""Where a case stands, in the member's words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from benefits.models import Case
from portal.refusals import clock

State = Case.State
#: Classes of the stylesheet.
CHIPS: dict[str, str] = {
    State.ASKED: "chip-wait",
    State.TAKEN: "chip-wait",
    State.MEMBERS_TURN: "chip-warn",
    State.DONE: "chip-good",
    State.DECLINED: "chip-bad",
}


@dataclass(frozen=True)
class Words:
    """`why`: what goes on; `now`: what to do, empty where nothing is to be done."""

    why: str
    now: str = ""


def words_of(case: Case) -> Words:
    match case.state:
        case State.ASKED:
            return Words(_("It is with %(provider)s.") % {"provider": case.provider.name}, until(case))
        case State.TAKEN:
            return Words(_("%(provider)s looks after it.") % {"provider": case.provider.name}, until(case))
        case State.MEMBERS_TURN:
            return Words(
                _("%(provider)s has a question.") % {"provider": case.provider.name},
                _("Please answer below. Until then the time stands still."),
            )
        case State.DONE:
            return Words(_("It is done, and counts as used."))
        case State.DECLINED:
            return Words(
                _("%(provider)s can't help with it. You have the benefit back.") % {"provider": case.provider.name},
                _("Why is written below. Call us, and we look for another way."),
            )
        case State.CANCELLED_LATE:
            return Words(_("You called it off after it had been begun, so it counts as used."))
        case _:
            return Words(_("You called it off, and have the benefit back."))


def until(case: Case) -> str:
    """What was promised, where a promise runs."""
    if case.due_at is None:
        return ""
    said = {"time": clock(case.due_at)}
    if case.overdue_told_at:
        return _("It should have been done by %(time)s. We are sorry, and are after it.") % said
    return _("You hear from them, or have it done, by %(time)s.") % said
