"""What points are called in front of members (settings.POINTS_NAME); among staff and in the code they are points."""

from django.conf import settings
from django.utils.translation import gettext as _

from members.models import Language


def points_name() -> str:
    """In the reader's language."""
    return str(settings.POINTS_NAME[Language.current()])


def named(points: int) -> str:
    """1,200 Banyan Beans."""
    return _("%(points)s %(name)s") % {"points": f"{points:,}", "name": points_name()}
