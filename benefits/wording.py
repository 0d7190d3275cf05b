"""How much of a service, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benefits.models import Service

Unit = Service.Unit


def amount(unit: str, count: int | None) -> str:
    """`3 visits` in the reader's language; None is without a limit."""
    if count is None or unit == Unit.ACCESS:
        return _("as often as you like")
    match unit:
        case Unit.CALL:
            words = ngettext("%(count)s call", "%(count)s calls", count)
        case Unit.PACKAGE:
            words = ngettext("%(count)s package", "%(count)s packages", count)
        case Unit.CASE:
            words = ngettext("%(count)s case", "%(count)s cases", count)
        case Unit.SEAT:
            words = ngettext("%(count)s seat", "%(count)s seats", count)
        case _other:
            words = ngettext("%(count)s visit", "%(count)s visits", count)
    return words % {"count": count}
