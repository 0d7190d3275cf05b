"""Something to redeem in the demo: invented codes in every pool, and a project to give to."""

import io
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members.models import Member
from points.actions.import_voucher_codes import import_voucher_codes
from points.models import CharityProject, Reward
from portal.demo.accounts import STAFF_MOBILE

CODES = 40
GOOD_FOR = timedelta(days=400)


@transaction.atomic
def stock_rewards() -> None:
    """Fills what was never filled, and leaves the rest alone."""
    staff = Member.objects.with_mobile(STAFF_MOBILE).get()
    until = timezone.localdate() + GOOD_FOR
    for reward in Reward.objects.pools().filter(batches=None):
        lines = [
            f"{reward.sku}-{secrets.token_hex(6).upper()},{secrets.randbelow(10**8):08d},{until}" for _ in range(CODES)
        ]
        file = io.BytesIO("\n".join(["code,password,expires_on", *lines]).encode())
        import_voucher_codes(reward=reward, file=file, file_name="demo.csv", by=staff)
    CharityProject.objects.get_or_create(
        name_zh="乡村图书室", defaults={"name_en": "Village libraries", "charity": "榕树公益基金会（演示）"}
    )
