"""What each level opens, and where: on a page here, or elsewhere as long as there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.assurance import default_terms
from members.assurance.terms import action_name
from members.entrances import Entrance
from members.models import Level

#: What members look for, by its action (members/assurance/defaults.csv) → its page; empty while there is none.
PAGES = {
    "mobile.change": "change-phone",
    "sign_in.change": "mfa_index",
    "data.export": "my-data",
    "policy.view": "my-policies",
    "contact.change": "",
    "points.redeem": "",
    "payout_account.change": "",
    "beneficiary.change": "",
    "loan.apply": "",
    "surrender.apply": "",
}


@dataclass(frozen=True)
class Service:
    """`href` of its page; where that is empty, `note` says what to do until there is one."""

    name: str
    href: str
    note: str


def services_at(level: Level) -> list[Service]:
    """What this level adds, in the reader's language; all of it, where an amount decides."""
    highest = {action: default_terms()[action][-1] for action in PAGES}
    return [
        Service(
            action_name(action, get_language() or ""),
            reverse(PAGES[action]) if PAGES[action] else "",
            "" if PAGES[action] else until_then(terms.entrances),
        )
        for action, terms in highest.items()
        if terms.level == level
    ]


def until_then(entrances: Sequence[Entrance]) -> str:
    if Entrance.COUNTER not in entrances:
        return _("Soon here")
    if Entrance.HOTLINE not in entrances:
        return _("Soon here, until then at a counter")
    return _("Soon here, until then by phone or at a counter")
