"""What a member may do to be known better: one step, its reason, and where it is taken."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from members.models import Level
from portal.levels_open import services_by_level


@dataclass(frozen=True)
class Step:
    title: str
    why: str
    action: str
    href: str


def next_step(level: Level) -> Step | None:
    """The step that leads from this level to the next one, in the reader's language; None at the top."""
    match level:
        case Level.REGISTERED:
            return Step(
                _("See your policies here"),
                _(
                    "Tell us your name and document number once. If they are as in your policy, everything of yours "
                    "appears."
                ),
                _("Verify who I am"),
                reverse("verify-identity"),
            )
        case Level.VERIFIED:
            return Step(_("On to the highest level"), why_a_face(), _("Verify by face"), reverse("face-verify"))
        case _:
            return None


def why_a_face() -> str:
    """Nothing is promised that our people still do."""
    services = services_by_level()[Level.ADVANCED]
    here = [service.name for service in services if service.href]
    if here:
        words = _("A look into the camera shows that it is you. It opens: %(names)s.")
    else:
        words = _(
            "A look into the camera shows that it is you. It will open: %(names)s. "
            "These come here soon; until then our people do them with you at a counter."
        )
    return words % {"names": _(", ").join(here or [service.name for service in services])}
