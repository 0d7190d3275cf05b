"""What a member redeemed, and where each of it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet

from members.models import Member
from members.phone import mask
from points.models import GivingBack, Redemption, Reward, VoucherCode, VoucherShowing

State = Redemption.State
#: Redemptions on a page.
PAGE = 20


@dataclass(frozen=True)
class Redeemed:
    """`mobile` is masked. `is_waiting`: no order has reached its provider yet. `may_cancel`: nothing is lost by calling
    it off. `has_code`: a voucher waits to be shown (`show_voucher`). `certificate_no`, `project`, `amount` (CNY): of a
    donation. `given_back`: so many of `points` the member has again after it was delivered; of all, neither code nor
    certificate is good.
    """

    redemption_id: int
    sku: str
    name: str
    kind: Reward.Kind
    points: int
    state: Redemption.State
    state_name: str
    asked_at: datetime
    effective_at: datetime
    ended_at: datetime | None
    good_until: date | None
    mobile: str
    is_waiting: bool
    may_cancel: bool
    has_code: bool
    project: str
    certificate_no: str
    amount: Decimal | None
    given_back: int

    @property
    def is_given_back(self) -> bool:
        """All of it."""
        return self.given_back == self.points


@dataclass(frozen=True)
class RedeemedPage:
    """The newest first; `older`: the redemption after which the next page begins, None on the last one."""

    redemptions: list[Redeemed]
    older: int | None


def redeemed_page(member: Member, *, before: int | None = None, size: int = PAGE) -> RedeemedPage:
    """What was asked for before the redemption `before` of the member's; two queries."""
    listed = known(member).order_by("-asked_at", "-pk")
    if before is not None:
        begin = Redemption.objects.of(member).filter(pk=before).values_list("asked_at", "pk").first()
        if begin is None:
            return RedeemedPage([], None)
        listed = listed.filter(asked_at__lte=begin[0]).exclude(asked_at=begin[0], pk__gte=begin[1])
    found = list(listed[: size + 1])
    return RedeemedPage([line(each) for each in found[:size]], found[size - 1].pk if len(found) > size else None)


def redeemed(*, member: Member, redemption_id: int) -> Redeemed:
    """Raises Redemption.DoesNotExist where it is not the member's."""
    return line(known(member).get(pk=redemption_id))


@dataclass(frozen=True)
class Showing:
    """The code was shown to its owner, at this entrance."""

    at: datetime
    entrance: str


def showings_of(*, member: Member, redemption_id: int) -> list[Showing]:
    """The first one first."""
    # The member's by now: before two accounts became one, it may have been shown to the other.
    of_member = VoucherShowing.objects.filter(
        voucher__redemption=redemption_id, voucher__redemption__member=member
    ).order_by("pk")
    return [Showing(at, entrance) for at, entrance in of_member.values_list("shown_at", "entrance")]


@dataclass(frozen=True)
class Returned:
    """Points that staff gave back; `why` in the reader's language, empty where it is not for the member."""

    at: datetime
    points: int
    why: str


def returned_of(*, member: Member, redemption_id: int) -> list[Returned]:
    """The first one first."""
    approved = GivingBack.objects.filter(
        redemption=redemption_id, redemption__member=member, state=GivingBack.State.APPROVED
    )
    rows = approved.order_by("pk").values_list("decided_at", "points", "reason")
    return [Returned(at, points, told_of(GivingBack.Reason(reason))) for at, points, reason in rows if at]


def told_of(reason: GivingBack.Reason) -> str:
    return str(reason.label) if reason.is_told else ""


def known(member: Member) -> QuerySet[Redemption]:
    """Whether there is a voucher, without opening its code."""
    found = Redemption.objects.of(member).select_related("reward", "project", "donation", "voucher")
    return found.defer("voucher__code", "voucher__password")


def line(redemption: Redemption) -> Redeemed:
    donation = None if redemption.is_given_back else getattr(redemption, "donation", None)
    voucher = getattr(redemption, "voucher", None)
    is_theirs = voucher is not None and voucher.state == VoucherCode.State.ASSIGNED
    return Redeemed(
        redemption_id=redemption.pk,
        sku=redemption.reward.sku,
        name=redemption.reward.name,
        kind=Reward.Kind(redemption.reward.kind),
        points=redemption.points,
        state=State(redemption.state),
        state_name=redemption.get_state_display(),
        asked_at=redemption.asked_at,
        effective_at=redemption.effective_at,
        ended_at=redemption.ended_at,
        good_until=redemption.good_until,
        mobile=mask(redemption.mobile) if redemption.mobile else "",
        is_waiting=redemption.state == State.FULFILLING and redemption.may_be_called_off,
        may_cancel=redemption.may_be_called_off,
        has_code=redemption.state == State.DELIVERED and is_theirs,
        project=redemption.project.name if redemption.project else "",
        certificate_no=donation.certificate_no if donation else "",
        amount=donation.amount if donation else None,
        given_back=redemption.given_back,
    )
