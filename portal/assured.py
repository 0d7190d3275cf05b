"""What a member is told when `require_assurance` refuses, or where they are led."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from members.assurance import (
    AssuranceRefused,
    CoolingDown,
    EntranceClosed,
    FactorNeeded,
    LevelTooLow,
)


def refused(request: HttpRequest, refusal: AssuranceRefused) -> HttpResponse:
    """Leads to the page that proves a factor and back, or says what would be enough."""
    if isinstance(refusal, FactorNeeded):
        return HttpResponseRedirect(f"{reverse('confirm-it-is-you')}?{urlencode({'next': request.path})}")
    return render(request, "portal/refused.html", words_for(refusal), status=403)


def words_for(refusal: AssuranceRefused) -> dict[str, str]:
    """`what` happened, `why`, and what to do `now`, in the reader's language."""
    what = _("This can't be done right now.")
    if isinstance(refusal, CoolingDown):
        until = localtime(refusal.until)
        return {
            "what": what,
            "why": _(
                "Your phone number was changed not long ago. To protect you, we wait a day before anything risky."
            ),
            "now": _("Please try again after %(time)s.")
            % {"time": f"{date_format(until, 'DATE_FORMAT')} {until:%H:%M}"},
        }
    if isinstance(refusal, LevelTooLow):
        return {
            "what": what,
            "why": _("It takes an account of the level “%(level)s”.") % {"level": refusal.terms.level.label},
            "now": _("You can raise your level under “Me”, or come to one of our counters."),
        }
    if isinstance(refusal, EntranceClosed):
        return {
            "what": what,
            "why": _("It is not to be had at this entrance."),
            "now": _("You can do it here: %(entrances)s.")
            % {"entrances": " · ".join(str(entrance.label) for entrance in refusal.terms.entrances)},
        }
    return {"what": what, "why": _("This account is closed or blocked."), "now": _("Please call us.")}
