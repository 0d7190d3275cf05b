"""A voucher code, for the eyes of its owner."""

from dataclasses import dataclass, field, replace
from datetime import date

from django.db import transaction

from members.assurance import Context, request_hash, require_assurance
from members.models import Member
from points.models import Redemption, VoucherCode, VoucherShowing
from points.rewards import rules
from points.rewards.refusals import NotDelivered
from points.terms import cost


@dataclass(frozen=True)
class ShownVoucher:
    """`password`: of an e-card, else empty. `good_until`: the last day, None where there is none."""

    code: str = field(repr=False)
    password: str = field(repr=False)
    good_until: date | None


@transaction.atomic
def show_voucher(*, member: Member, redemption_id: int, context: Context) -> ShownVoucher:
    """Shows the code, and records that it was shown, where and when. Whoever holds it has what it is worth.

    Raises Redemption.DoesNotExist where it is not the member's, NotDelivered, AssuranceRefused (`voucher.view`).
    """
    redemption = Redemption.objects.of(member).get(pk=redemption_id)
    voucher = VoucherCode.objects.filter(redemption=redemption).first()
    is_theirs = voucher is not None and voucher.state == VoucherCode.State.ASSIGNED
    if voucher is None or not is_theirs or redemption.state != Redemption.State.DELIVERED:
        raise NotDelivered
    about = request_hash({"action": rules.SHOW, "redemption": redemption.pk})
    require_assurance(member, rules.SHOW, replace(context, amount=cost(redemption.points), request=about))
    VoucherShowing.objects.create(voucher=voucher, member=member, entrance=context.entrance)
    return ShownVoucher(voucher.code, voucher.password or "", redemption.good_until)
