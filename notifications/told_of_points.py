"""What members are told about their points: from a fact to the event of the catalogue and its values."""

from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext

from members.models import Member
from notifications.actions.announce import announce_platform_event
from notifications.told_of_accounts import addressed
from points.events import MonthEarned, PointsAdjusted, PointsExpiring, RewardGivenBack
from points.models import GivingBack, PointAdjustment, Redemption, Reward
from points.queries import balance_of

Fulfilment = Reward.Fulfilment


def tell_redeemed(*, redemption_id: int) -> None:
    """A donation only while it is held back: else it is made by now, and told as what it is."""
    redemption = redemption_of(redemption_id)
    if redemption.reward.fulfilment == Fulfilment.DONATION and redemption.state != Redemption.State.ASKED:
        return
    announce(
        "points.redeemed",
        redemption.member,
        key=f"redemption:{redemption_id}",
        reward_name=name_of(redemption),
        points=redemption.points,
        balance=balance_of(redemption.member_id).available,
    )


def tell_delivered(*, redemption_id: int) -> None:
    """Of what came from a provider, and of a donation: a code was there as soon as it was asked for."""
    redemption = redemption_of(redemption_id)
    match redemption.reward.fulfilment:
        case Fulfilment.PROVIDER_API:
            announce(
                "reward.delivered",
                redemption.member,
                key=f"redemption:{redemption_id}",
                reward_name=name_of(redemption),
            )
        case Fulfilment.DONATION:
            announce(
                "points.donated",
                redemption.member,
                key=f"redemption:{redemption_id}",
                project=project_of(redemption),
                points=redemption.points,
                balance=balance_of(redemption.member_id).available,
            )


def tell_failed(*, redemption_id: int) -> None:
    redemption = redemption_of(redemption_id)
    announce(
        "reward.failed",
        redemption.member,
        key=f"redemption:{redemption_id}",
        reward_name=name_of(redemption),
        points=redemption.points,
    )


def tell_cancelled(*, redemption_id: int) -> None:
    redemption = redemption_of(redemption_id)
    with translation.override(redemption.member.language):
        refund_reason = gettext("the redemption was called off before it went ahead")
    announce(
        "points.refunded",
        redemption.member,
        key=f"redemption:{redemption_id}",
        points=redemption.points,
        balance=balance_of(redemption.member_id).available,
        refund_reason=refund_reason,
    )


def tell_given_back(fact: RewardGivenBack) -> None:
    giving_back, redemption = GivingBack.objects.get(pk=fact.giving_back_id), redemption_of(fact.redemption_id)
    with translation.override(redemption.member.language):
        reason = (
            giving_back.get_reason_display()
            if GivingBack.Reason(giving_back.reason).is_told
            else gettext("a correction by our staff")
        )
        refund_reason = gettext("%(reward)s, %(reason)s") % {"reward": redemption.reward.name, "reason": reason}
    announce(
        "points.refunded",
        redemption.member,
        key=f"giving_back:{fact.giving_back_id}",
        points=fact.points,
        balance=balance_of(redemption.member_id).available,
        refund_reason=refund_reason,
    )


def tell_expiring(fact: PointsExpiring) -> None:
    """`points.expiring_30d`, for the warning of seven days as well: it says the day itself."""
    last_day = timezone.localtime(fact.expires_at - timedelta(microseconds=1)).date()
    announce(
        "points.expiring_30d",
        Member.objects.get(pk=fact.member_id),
        key=f"{fact.member_id}:{last_day}:{fact.days}",
        points=fact.points,
        expires_on=last_day.isoformat(),
    )


def tell_adjusted(fact: PointsAdjusted) -> None:
    """Why, as far as it is for the member to read: what staff suspect, or note, is not."""
    adjustment = PointAdjustment.objects.get(posting=fact.posting_id)
    member = Member.objects.select_related("customer").get(pk=fact.member_id)
    with translation.override(member.language):
        reason = (
            adjustment.get_reason_display()
            if PointAdjustment.Reason(adjustment.reason).is_told
            else gettext("a correction by our staff")
        )
    announce(
        "points.adjusted",
        member,
        key=f"posting:{fact.posting_id}",
        points=fact.points,
        balance=balance_of(member.pk).available,
        reason=reason,
    )


def tell_earned(fact: MonthEarned) -> None:
    """`points.earned`, a digest: a message for every point of a daily sign-in would be none that anybody reads."""
    announce(
        "points.earned",
        Member.objects.get(pk=fact.member_id),
        key=f"{fact.member_id}:{fact.month}",
        points=fact.points,
        balance=balance_of(fact.member_id).available,
    )


def announce(code: str, member: Member, *, key: str, **values: Any) -> None:
    announce_platform_event(
        code=code,
        key=key,
        values={"customer_name": addressed(member), **values},
        member=member,
        customer=member.customer,
    )


def redemption_of(redemption_id: int) -> Redemption:
    return Redemption.objects.select_related("reward", "project", "member__customer").get(pk=redemption_id)


def name_of(redemption: Redemption) -> str:
    """In the member's language."""
    with translation.override(redemption.member.language):
        return redemption.reward.name


def project_of(redemption: Redemption) -> str:
    """Of a donation, in the member's language."""
    assert redemption.project
    with translation.override(redemption.member.language):
        return redemption.project.name
