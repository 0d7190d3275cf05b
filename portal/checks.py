"""What a real installation must not start with, found by `manage.py check --database default` and by the web server."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import ProgrammingError

from members.models import Member
from portal.demo.accounts import DESK_MOBILE, PASSWORD, STAFF_MOBILE, STAFF_OF_ROLES


@register(Tags.database)
def no_default_password(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """One of the demo's accounts with the password that this repository prints."""
    if settings.DEMO or not databases:
        return []
    try:
        demo = (STAFF_MOBILE, *STAFF_OF_ROLES, DESK_MOBILE)
        accounts = {mobile: Member.objects.with_mobile(mobile).first() for mobile in demo}
    except ProgrammingError:  # no table yet, so no account
        return []
    return [
        Error(
            "An account of the demo exists with the demo's password.",
            hint=f"Change its password: manage.py changepassword {mobile}",
            id="portal.E001",
        )
        for mobile, known in accounts.items()
        if known and known.is_active and known.check_password(PASSWORD)
    ]
