"""What was delivered, in the member's words: a top-up comes, a code is there, a seat is kept, points are given."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from points.models import Reward
from points.naming import named
from points.rewards.history import Redeemed

Kind = Reward.Kind
#: In short; of what goes to a mobile number, and of what comes as a code.
CAME = gettext_lazy("It has come")
CODE = gettext_lazy("Your code is here")
IN_SHORT = {Kind.DONATION: gettext_lazy("Thank you for giving"), Kind.FESTIVAL: gettext_lazy("Your seat is kept")}
#: What to do with a code.
KEEP = {
    Kind.HEALTH: gettext_lazy("Show it where you use it, to nobody else: whoever has the code can go in your place."),
    Kind.FESTIVAL: gettext_lazy("Show it at the entrance, to nobody else: whoever has the code has your seat."),
}
KEEP_CARD = gettext_lazy("Show it to nobody but the shop: whoever has the code has what it is worth.")
KEEP_MEMBERSHIP = gettext_lazy("Enter it with the provider, and tell nobody: whoever has the code has the membership.")


def in_short(found: Redeemed) -> str:
    return str(IN_SHORT.get(found.kind) or (CAME if found.mobile else CODE))


def why(found: Redeemed) -> str:
    """What it is, and where."""
    if found.kind == Kind.DONATION:
        return _("You have given %(points)s to “%(project)s”; the company pays CNY %(amount)s to the charity.") % {
            "points": named(found.points),
            "project": found.project,
            "amount": f"{found.amount or 0:,.2f}",
        }
    if found.mobile and found.kind == Kind.PHONE_CREDIT:
        return _("The credit went to %(mobile)s.") % {"mobile": found.mobile}
    if found.mobile:
        return _("It is open for %(mobile)s: sign in with this number there.") % {"mobile": found.mobile}
    return _("Press the button to see the code. We make sure first that it is you.")


def now(found: Redeemed) -> str:
    """What to do."""
    if found.kind == Kind.DONATION:
        return _("Your certificate: No. %(number)s") % {"number": found.certificate_no}
    if found.mobile:
        return _("If nothing has arrived within the hour, please call us.")
    return str(KEEP.get(found.kind) or (KEEP_MEMBERSHIP if found.kind == Kind.VIDEO_MEMBERSHIP else KEEP_CARD))
