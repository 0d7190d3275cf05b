"""Codes of a batch that nobody may be given any more: recalled by the supplier, or about to expire."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from wagtail.log_actions import log

from members.models import Member
from points.actions.watch_stock import note_if_low
from points.models import VoucherBatch, VoucherCode

WITHDRAW = "points.withdraw_voucherbatch"
State = VoucherCode.State


@transaction.atomic
def withdraw_voucher_codes(*, batch: VoucherBatch, by: Member, because: str) -> int:
    """Withdraws what is left of the batch, for good; returns how many codes. Raises PermissionDenied.

    A code that somebody is being given at this moment goes to them: it is waited for, and then passed over.
    """
    if not by.has_perm(WITHDRAW):
        raise PermissionDenied
    withdrawn = VoucherCode.objects.filter(batch=batch, state=State.AVAILABLE).update(state=State.SPOILED)
    if withdrawn:
        log(
            instance=batch,
            action="points.withdraw_vouchers",
            user=by,
            data={"codes": withdrawn, "because": because.strip()},
        )
        note_if_low(batch.reward)
    return withdrawn
