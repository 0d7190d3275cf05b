"""Points that staff give and take, for the tests of what becomes of them."""

from uuid import uuid4

from members.models import Member
from members.roles import Role
from points.actions.adjust_points import propose_adjustment
from points.models import PointAdjustment
from tests.members.accounts import staff


def adjust(member: Member, points: object, by: Member | None = None, **other: object) -> PointAdjustment:
    """By one of the staff, unless somebody is named; booked at once where one person may."""
    about = {"reason": "goodwill", "note": "在柜台等了两小时", "request_id": uuid4()}
    return propose_adjustment(member=member, points=points, by=by or staff(Role.SERVICE_AGENT), **about | other)
