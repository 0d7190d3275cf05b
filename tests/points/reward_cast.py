"""Members with points, rewards of the catalogue, and pools of codes, for the tests of rewards."""

import io
from datetime import timedelta
from itertools import count
from uuid import uuid4

import time_machine
from django.utils import timezone

from members.models import ActionPolicy, Member
from members.roles import Role
from points.actions.accrue import accrue
from points.actions.fulfil_redemption import claim, settle
from points.actions.give_back_redemption import decide_giving_back, propose_giving_back
from points.actions.import_voucher_codes import import_voucher_codes
from points.actions.redeem_reward import redeem_reward
from points.models import CharityProject, GivingBack, Redemption, Reward, VoucherBatch
from points.rewards.providers import Answer, Outcome
from tests.factories import MemberFactory
from tests.members.accounts import AT_WEB, advanced, proved, staff, verified

TELEDOC, JD_50, JD_100, PHONE, IQIYI, DONATE = (
    *("HEALTH-TELEDOC", "JDECARD-50", "JDECARD-100"),
    *("PHONE-10", "IQIYI-M1", "DONATE-100"),
)
KEYS = count(1)


def earn(member: Member, points: int, **dates: object) -> Member:
    accrue(member_id=member.pk, points=points, scope="test", key=f"earned {next(KEYS)}", reason="test", **dates)
    return member


def redeemer(points: int = 10_000, *, by_face: bool = False) -> Member:
    """A verified member with points, who has just typed in a code."""
    member = (advanced if by_face else verified)(MemberFactory())
    proved(member)
    return earn(member, points) if points else member


def fill_pool(sku: str, *lines: str, header: str = "code") -> VoucherBatch:
    """Imports codes as staff do, one a line."""
    file = io.BytesIO("\n".join([header, *lines]).encode())
    return import_voucher_codes(
        reward=Reward.objects.get(sku=sku), file=file, file_name="codes.csv", by=staff(Role.BENEFITS_MANAGER)
    )


def redeem(member: Member, sku: str, *, key: str = "", points: int | None = None, **other: object) -> Redemption:
    """At the price of the day, at the website, with a key of its own."""
    price = Reward.objects.get(sku=sku).cost_points if points is None else points
    return redeem_reward(member=member, sku=sku, context=AT_WEB, key=key or f"key {next(KEYS)}", points=price, **other)


def give_back(redemption: Redemption, points: int | None = None, *, reason: str = "not_delivered") -> GivingBack:
    """As two of the staff do; None: all of it."""
    proposed = propose_giving_back(
        redemption_id=redemption.pk,
        points=redemption.points if points is None else points,
        reason=reason,
        note="客户来电",
        request_id=uuid4(),
        by=staff(Role.SERVICE_AGENT),
    )
    return decide_giving_back(giving_back_id=proposed.pk, approve=True, by=staff(Role.BENEFITS_MANAGER))


def change(sku: str, **fields: object) -> Reward:
    Reward.objects.filter(sku=sku).update(**fields)
    return Reward.objects.get(sku=sku)


def make_project(**fields: object) -> CharityProject:
    return CharityProject.objects.create(
        **{"name_zh": "乡村图书室", "name_en": "Village libraries", "charity": "榕树公益基金会"} | fields
    )


def in_doubt(sku: str = PHONE) -> Redemption:
    """A top-up of which the provider has told nothing for a day."""
    redemption = redeem(redeemer(), sku)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        claimed, _ = claim(redemption.pk)
        settle(redemption_id=redemption.pk, attempt=claimed.attempts, answer=Answer(Outcome.UNCERTAIN), is_new=False)
    redemption.refresh_from_db()
    assert redemption.state == Redemption.State.DOUBTFUL
    return redemption


def hold_back() -> None:
    """From now on the terms hold redemptions back for a day."""
    ActionPolicy.objects.create(
        action="points.redeem",
        level=2,
        factors=["code"],
        entrances=["web"],
        hold_hours=24,
        approved_at=timezone.now(),
    )
