"""What a member has chosen and not confirmed yet: kept in the session, sealed, so that it outlives a proof in between.

Of several things that somebody looks at in turn each is kept by its name, in a drawer of its sort.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from members.crypto import CannotOpen, seal, unseal

#: In a drawer; the oldest choice is forgotten.
MOST = 5


def keep(request: HttpRequest, drawer: str, name: str, chosen: Mapping[str, Any]) -> None:
    """`chosen`: as JSON can say it."""
    others = {key: kept for key, kept in request.session.get(drawer, {}).items() if key != name}
    newest = dict(list(others.items())[1 - MOST :])
    request.session[drawer] = newest | {name: seal(json.dumps(dict(chosen)).encode(), drawer).hex()}


def kept(request: HttpRequest, drawer: str, name: str) -> dict[str, Any] | None:
    """None where nothing of this name was chosen in this session."""
    try:
        found: dict[str, Any] = json.loads(unseal(bytes.fromhex(request.session[drawer][name]), drawer))
    except (KeyError, ValueError, CannotOpen):
        return None
    return found
