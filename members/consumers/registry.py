"""The consumers of this process, by name."""

from collections.abc import Callable

from members.models import PolicyEvent

Apply = Callable[[list[PolicyEvent]], None]

_consumers: dict[str, Apply] = {}


class UnknownConsumer(LookupError):
    """No package has registered a consumer of this name."""


def register(name: str, apply: Apply) -> None:
    """Makes `apply` the consumer `name` (at most 30 characters, for ever: its cursors stand under it)."""
    _consumers[name] = apply


def consumer_names() -> tuple[str, ...]:
    return tuple(_consumers)


def apply_of(name: str) -> Apply:
    """What the consumer does with events. Raises UnknownConsumer."""
    try:
        return _consumers[name]
    except KeyError:
        raise UnknownConsumer(name) from None
