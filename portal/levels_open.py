"""What each level opens, and where: on a page here, or elsewhere as long as there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.assurance.in_force import terms_in_force
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
    "points.redeem": "rewards",
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


def services_by_level() -> dict[Level, list[Service]]:
    """What each level adds, by the terms in force, in the reader's language; all of it, where an amount decides."""
    found: dict[Level, list[Service]] = {level: [] for level in Level}
    in_force = terms_in_force(PAGES)
    for action in PAGES:
        terms = in_force[action][-1].terms
        service = Service(
            action_name(action, get_language() or ""),
            reverse(PAGES[action]) if PAGES[action] else "",
            "" if PAGES[action] else until_then(terms.entrances),
        )
        found[terms.level].append(service)
    return found


def until_then(entrances: Sequence[Entrance]) -> str:
    if Entrance.COUNTER not in entrances:
        return _("Soon here")
    if Entrance.HOTLINE not in entrances:
        return _("Soon here, until then at a counter")
    return _("Soon here, until then by phone or at a counter")
