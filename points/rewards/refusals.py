"""Why a reward is not given; `str()` says it to the member in their language: what happened, and what to do now."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.models import Level
from points.models import Redemption, Reward
from points.naming import named

Period = Reward.Period


class RewardRefused(Exception):
    """Nothing was written, and no points were set aside."""


class SetsPrices(RewardRefused):
    """Staff who can change what a reward costs."""

    def __str__(self) -> str:
        return _("This account manages the rewards, so it can't redeem any. Nothing was taken.")


class NotOffered(RewardRefused):
    """Staff have taken it off the list, or nobody delivers it at present."""

    def __str__(self) -> str:
        return _("This reward is not offered at present. Nothing was taken; please choose another one.")


class NotYetOffered(RewardRefused):
    def __init__(self, begins_at: datetime) -> None:
        super().__init__(begins_at)
        self.begins_at = begins_at

    def __str__(self) -> str:
        return _("This reward is offered from %(moment)s on. Please come back then; nothing was taken.") % {
            "moment": clock(self.begins_at)
        }


class OfferEnded(RewardRefused):
    def __init__(self, ended_at: datetime) -> None:
        super().__init__(ended_at)
        self.ended_at = ended_at

    def __str__(self) -> str:
        return _("This offer ended on %(moment)s. Nothing was taken; please choose another reward.") % {
            "moment": clock(self.ended_at)
        }


class SoldOut(RewardRefused):
    """None is left: no code in the pool, or no stock."""

    def __str__(self) -> str:
        return _("The last one has gone. Nothing was taken; please choose another reward, or look again in a few days.")


class LimitReached(RewardRefused):
    """The member has had `reward.limit_count` in `reward.limit_period`; `again_at` None: never again."""

    def __init__(self, reward: Reward, again_at: datetime | None) -> None:
        super().__init__(reward.sku)
        self.reward = reward
        self.again_at = again_at

    def __str__(self) -> str:
        if self.again_at is None:
            return _("Everybody can have this reward %(often)s, and you have had it.") % {"often": self.often}
        return _(
            "Everybody can have this reward %(often)s, and you have had it. You can have it again from %(day)s on; "
            "nothing was taken."
        ) % {"often": self.often, "day": timezone.localtime(self.again_at).strftime("%Y-%m-%d")}

    @property
    def often(self) -> str:
        count = self.reward.limit_count or 0
        match self.reward.limit_period:
            case Period.DAY:
                words = ngettext("once a day", "%(count)s times a day", count)
            case Period.MONTH:
                words = ngettext("once a month", "%(count)s times a month", count)
            case Period.YEAR:
                words = ngettext("once a year", "%(count)s times a year", count)
            case _lifetime:
                words = ngettext("once", "%(count)s times", count)
        return words % {"count": count}


class RewardNeedsLevel(RewardRefused):
    """The reward asks for more than the member's level `held`."""

    def __init__(self, required: Level, held: Level) -> None:
        super().__init__(required, held)
        self.required = required
        self.held = held

    def __str__(self) -> str:
        if self.required == Level.ADVANCED:
            return _(
                "This reward is for members of the advanced level. You reach it by the face check, under your level; "
                "it takes about two minutes. Nothing was taken."
            )
        return _(
            "This reward is for verified members. Please verify first who you are, under your level, with your "
            "document at hand. Nothing was taken."
        )


class NotOwnMobile(RewardRefused):
    """Only the number of the account itself is topped up."""

    def __str__(self) -> str:
        return _(
            "Only the mobile number of your own account can be topped up. If you have another one by now, please "
            "change it first, or call us."
        )


class MobileNeeded(RewardRefused):
    """The reward goes to a mobile number, and none was given."""

    def __str__(self) -> str:
        return _("Please enter the mobile number that this reward is for.")


class PriceChanged(RewardRefused):
    """The member agreed to another price than `points`, which is the price now."""

    def __init__(self, points: int) -> None:
        super().__init__(points)
        self.points = points

    def __str__(self) -> str:
        return _(
            "The price has changed meanwhile: it is %(points)s now. Please look at it once more; nothing was taken."
        ) % {"points": named(self.points)}


class ProjectNeeded(RewardRefused):
    """A donation goes to a project that takes donations, and none was named."""

    def __str__(self) -> str:
        return _("Please choose the project that it is for; some no longer take donations.")


class TooLateToCancel(RewardRefused):
    """An order may have reached the provider, or it has ended."""

    def __str__(self) -> str:
        return _(
            "The provider is about it, or it has ended, so it can't be called off now. If it was not you, please "
            "call us."
        )


class NotDelivered(RewardRefused):
    """There is no code to show (yet, or any more)."""

    def __str__(self) -> str:
        return _(
            "There is no code to show: this was not delivered, was given back, or needs none. If you miss one, please "
            "call us."
        )


class NotInDoubt(Exception):
    """Of staff: the redemption is settled, or the provider is still being asked; `redemption` says how it stands."""

    def __init__(self, redemption: Redemption) -> None:
        super().__init__(redemption.pk)
        self.redemption = redemption


class BeingAsked(Exception):
    """Of staff: the provider is being asked at this very moment; its answer comes first."""


def clock(moment: datetime) -> str:
    """In Shanghai."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
