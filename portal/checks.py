"""What a real installation must not start with, found by `manage.py check --database default` and by the web server."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import ProgrammingError

from members.models import Member
from portal.demo.accounts import PASSWORD, STAFF_MOBILE


@register(Tags.database)
def no_default_password(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The demo's staff account with the password that this repository prints."""
    if settings.DEMO or not databases:
        return []
    try:
        staff = Member.objects.with_mobile(STAFF_MOBILE).first()
    except ProgrammingError:  # no table yet, so no account
        return []
    if staff is None or not staff.is_active or not staff.check_password(PASSWORD):
        return []
    return [
        Error(
            "The demo's staff account exists with the demo's password.",
            hint=f"Change its password: manage.py changepassword {STAFF_MOBILE}",
            id="portal.E001",
        )
    ]
