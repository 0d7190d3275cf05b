"""What a member is told when `require_assurance` refuses, or where they are led."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.assurance import AssuranceRefused, CoolingDown, EntranceClosed, FactorNeeded, LevelTooLow
from members.assurance.terms import action_name
from members.models import Factor
from portal.next_step import next_step
from portal.refusals import clock


def refused(
    request: HttpRequest,
    refusal: AssuranceRefused,
    *,
    back_to: str = "",
    back_args: Sequence[object] = (),
    turn_back: str = "",
) -> HttpResponse:
    """Leads to the page that proves a factor and back; or says what happened, why, what to do now, and where.

    Whoever lacks a level is led to the next one, and from there back to where they were going, or to the page named
    `back_to` (with `back_args`) where that was only a button. `turn_back`: the address for whoever would rather not
    prove it, where the page that was asked for would only lead here again.
    """
    button_on = reverse(back_to, args=back_args) if back_to else ""
    came_from = button_on or request.get_full_path()
    if isinstance(refusal, FactorNeeded):
        proving = "face-verify" if refusal.terms.factors == (Factor.FACE,) else "confirm-it-is-you"
        bound = refusal.request.hex() if refusal.request else ""
        asked = {"next": came_from, "back": turn_back or button_on, "for": bound}
        given = {name: value for name, value in asked.items() if value}
        return HttpResponseRedirect(f"{reverse(proving)}?{urlencode(given)}")
    return render(request, "portal/result.html", words_for(refusal, came_from), status=403)


def words_for(refusal: AssuranceRefused, came_from: str) -> dict[str, str]:
    """What parts/result.html wants, in the reader's language."""
    wanted = {"wanted": action_name(refusal.terms.action, get_language() or "")}
    to_account = {"href": reverse("me"), "action": _("To my account")}
    match refusal:
        case LevelTooLow():
            step = next_step(refusal.held)
            assert step, "nothing asks for more than the highest level"
            return {
                "look": "wait",
                "title": _("One step first"),
                "why": _("“%(wanted)s” is open to you as soon as we know you a little better.") % wanted,
                "now": step.why,
                "href": f"{step.href}?{urlencode({'next': came_from})}",
                "action": step.action,
            }
        case CoolingDown():
            return to_account | {
                "look": "wait",
                "title": _("Please wait a little"),
                "why": _("Something about your account was changed not long ago. Until %(time)s we let nobody do this.")
                % {"time": clock(refusal.until)},
                "now": _("So a stranger with your phone could take nothing. Was it not you? Then call us at once."),
            }
        case EntranceClosed():
            return to_account | {
                "look": "bad",
                "title": _("Not to be done here"),
                "why": _("“%(wanted)s” is not open at this entrance.") % wanted,
                "now": _("You can do it here: %(entrances)s.")
                % {"entrances": " · ".join(str(entrance.label) for entrance in refusal.terms.entrances)},
            }
        case _:
            return {
                "look": "bad",
                "title": _("Your account is closed or blocked"),
                "why": _("For your protection nothing can be done with it at the moment. Nothing of yours is lost."),
                "now": _("Please call us, or come to a counter with your document: our people open it again."),
            }
