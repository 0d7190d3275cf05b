"""What closing an account means for its points."""

from django.db.models import Sum
from django.utils.translation import ngettext

from members.closing import Consequence, register_closure_obstacles
from members.models import Member
from members.queries import merged_accounts
from members.templatetags.figures import grouped
from points.models import Hold
from points.queries import balance_of


def points_at_stake(member: Member) -> list[Consequence]:
    said = []
    # Those of accounts that were merged into this one as well: what they let go comes here.
    accounts = merged_accounts(member.pk)
    held = Hold.objects.filter(account__member__in=accounts, state=Hold.State.OPEN)
    if points := held.aggregate(points=Sum("points", default=0))["points"]:
        text = ngettext(
            "%(points)s point is set aside for something you have ordered. Wait for it or cancel the order, then close "
            "the account.",
            "%(points)s points are set aside for something you have ordered. Wait for it or cancel the order, then "
            "close the account.",
            points,
        )
        said.append(Consequence(text % {"points": grouped(points)}, blocks=True))
    balance = balance_of(member.pk)
    if lost := balance.available + balance.pending:
        text = ngettext(
            "%(points)s point will be lost. Use it or donate it first.",
            "%(points)s points will be lost. Use them or donate them first.",
            lost,
        )
        said.append(Consequence(text % {"points": grouped(lost)}))
    if balance.owed:
        text = ngettext(
            "The %(points)s point that you owe us ends with the account.",
            "The %(points)s points that you owe us end with the account.",
            balance.owed,
        )
        said.append(Consequence(text % {"points": grouped(balance.owed)}))
    return said


register_closure_obstacles("points", points_at_stake)
