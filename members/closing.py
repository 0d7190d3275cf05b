"""What closing an account means for what it holds: every package says so for itself, and may object."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.models import Member, Policy


@dataclass(frozen=True)
class Consequence:
    """One thing that happens, in the reader's language; `blocks`: the account can't close as long as this is so."""

    text: str
    blocks: bool = False


Look = Callable[[Member], list[Consequence]]
_looks: dict[str, Look] = {}


class ClosureRefused(Exception):
    """Something has to be settled before the account can close: `obstacles` say what."""

    def __init__(self, obstacles: list[Consequence]) -> None:
        super().__init__()
        self.obstacles = obstacles


def register_closure_obstacles(name: str, look: Look) -> None:
    """Packages above say by `look` what becomes of what they keep for a member. `name` once each: their own."""
    if name in _looks:
        raise ValueError(f"{name} is registered already")
    _looks[name] = look


def consequences(member: Member) -> list[Consequence]:
    """Everything that the member should know before closing, obstacles first."""
    found = [said for look in _looks.values() for said in look(member)]
    return sorted(found, key=lambda said: not said.blocks)


def require_no_obstacles(member: Member) -> None:
    """Raises ClosureRefused."""
    if obstacles := [said for said in consequences(member) if said.blocks]:
        raise ClosureRefused(obstacles)


def own_consequences(member: Member) -> list[Consequence]:
    said = []
    if member.is_staff or member.is_superuser:
        said.append(Consequence(_("A staff account is ended by an administrator."), blocks=True))
    if member.blocks.filter(released_at=None).exists():
        said.append(Consequence(_("The account is blocked while we look into what happened in it."), blocks=True))
    policies = (
        Policy.objects.filter(roles__customer=member.customer, status__in=Policy.LIVE).distinct().count()
        if member.customer
        else 0
    )
    if policies:
        said.append(
            Consequence(
                ngettext(
                    "Your policy goes on unchanged: cover, premiums and payouts stay as they are. "
                    "You reach us by phone and at our counters.",
                    "Your %(count)s policies go on unchanged: cover, premiums and payouts stay as they are. "
                    "You reach us by phone and at our counters.",
                    policies,
                )
                % {"count": policies}
            )
        )
    return [*said, Consequence(_("WeChat is unlinked, your levels end, and your consents end with the account."))]


register_closure_obstacles("members", own_consequences)
