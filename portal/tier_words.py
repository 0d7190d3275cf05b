"""What a member reads about their VIP tier, on the web and in the app."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from benefits.models import Tier, TierAssessment
from benefits.queries.tiers import TierExplained

Outcome = TierAssessment.Outcome


def day(moment: date) -> str:
    return date_format(moment, "DATE_FORMAT")


def standing(found: TierExplained) -> str:
    """How long it lasts and what comes then, in a sentence or two; empty without a tier."""
    if found.valid_to is None:
        return ""
    if found.buffer_to:
        end = {"day": day(found.buffer_to)}
        if found.reached:
            return _(
                "On your policies in force you reach %(tier)s. You keep your tier until %(day)s, and all it brings."
            ) % (end | {"tier": found.reached.label})
        return _("On your policies in force you reach no tier. You keep yours until %(day)s, and all it brings.") % end
    if found.to_keep:
        return _(
            "Valid to %(day)s, whatever changes until then. On your policies in force you would reach less today; what "
            "counts is how it is after that day."
        ) % {"day": day(found.valid_to)}
    return _("Valid to %(day)s, and renewed for another year if you still reach it then.") % {
        "day": day(found.valid_to)
    }


def coming(found: TierExplained) -> str:
    """That more is reached than is had: it counts from the next assessment on. Empty where it isn't so."""
    if found.reached and found.reached.rank > (found.tier.rank if found.tier else 0):
        first = (timezone.localdate().replace(day=1) + timedelta(days=32)).replace(day=1)
        return _("Your policies reach %(tier)s. It begins with the next assessment, by %(day)s.") % {
            "tier": found.reached.label,
            "day": day(first),
        }
    return ""


def happened(found: TierAssessment) -> str:
    """A line of the history."""
    before = Tier(found.before).label if found.before else ""
    after = Tier(found.after).label if found.after else ""
    match found.outcome:
        case Outcome.BEGUN:
            return _("%(tier)s begins") % {"tier": after}
        case Outcome.RAISED:
            return _("Risen from %(before)s to %(after)s") % {"before": before, "after": after}
        case Outcome.RENEWED:
            return _("%(tier)s is renewed") % {"tier": after}
        case Outcome.WARNED:
            return _("%(tier)s is no longer reached, and kept for now") % {"tier": after}
        case Outcome.LOWERED:
            return _("From %(before)s to %(after)s") % {"before": before, "after": after}
        case Outcome.ENDED | Outcome.CLOSED:
            return _("%(tier)s has ended") % {"tier": before}
    return _("Looked at; %(tier)s stays") % {"tier": after} if after else _("Looked at; no tier")


def until(found: TierAssessment) -> date | None:
    """To when the tier after it is kept, as it was then."""
    return found.buffer_to or found.valid_to
