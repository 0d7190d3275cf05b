"""What a member may do to be known better: one step, its reason, and where it is taken."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Level


@dataclass(frozen=True)
class Step:
    title: Promise
    why: Promise
    action: Promise
    href: str


STEPS = {
    Level.REGISTERED: (
        "verify-identity",
        _("See your policies here"),
        _("Tell us your name and document number once. If they are as in your policy, everything of yours appears."),
        _("Verify who I am"),
    ),
    Level.VERIFIED: (
        "face-verify",
        _("Do everything from home"),
        _("With a look into the camera you can also change where money goes, take a loan, or end a policy."),
        _("Verify by face"),
    ),
}


def next_step(level: Level) -> Step | None:
    """The step that leads from this level to the next one; None at the top, or where its page does not exist."""
    if level not in STEPS:
        return None
    url_name, title, why, action = STEPS[level]
    try:
        return Step(title, why, action, reverse(url_name))
    except NoReverseMatch:
        return None
