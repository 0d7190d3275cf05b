"""Eight processes do everything at once for half a minute, and are killed at random; then the books are read."""

import json
import os
import random
import signal
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from members.actions.lock_accounts import lock_accounts
from members.actions.merge_accounts import join_accounts
from members.models import Member
from points.actions.accrue import accrue
from points.actions.earn_points import earn_points
from points.actions.end_hold import capture_hold, time_out_holds, void_hold
from points.actions.lapse_lots import lapse_lots
from points.actions.open_hold import open_hold
from points.actions.post_batch import post_batch
from points.actions.spend import spend
from points.actions.undo import refund, reverse
from points.auditing import audit
from points.earning.facts import EarningFact
from points.models import Entry, Hold, Posting, RulePayment
from points.refusals import LedgerRefusal
from points.requests import Accrual, Booked, Spending
from tests.factories import MemberFactory
from tests.points.earning import rule

PROCESSES = 8
SECONDS = 30
#: So few that all of them always meet somebody.
MEMBERS = 6


def act(members: list[int]) -> Iterator[Booked]:
    """One thing, at random; what was booked when it is done."""
    member, points, now = random.choice(members), random.randint(1, 60), timezone.now()
    about = {"member_id": member, "scope": "storm", "key": str(random.randrange(20_000)), "reason": "storm"}
    verb = random.randrange(14)
    if verb < 4:
        wait, lasts = random.choice([0, 0, 1]), random.choice([2, 5, 1000])
        until = {"available_at": now + timedelta(seconds=wait), "expires_at": now + timedelta(seconds=wait + lasts)}
        # More than is spent, or nothing would be left to lapse.
        yield accrue(points=points * 4, **until, **about)
    elif verb < 6:
        yield spend(points=points, **about)
    elif verb == 6:
        requests = [
            random.choice([Accrual, Spending])(
                **about | {"key": f"{about['key']}-{n}", "points": points, "member_id": m}
            )
            for n, m in enumerate(random.sample(members, 4))
        ]
        yield from (outcome for outcome in post_batch(requests) if isinstance(outcome, Booked))
    elif verb == 7:
        open_hold(points=points, expires_at=now + timedelta(seconds=random.choice([1, 3, 1000])), **about)
    elif verb == 8:
        for hold in Hold.objects.filter(state="open").order_by("?")[:1]:
            end = random.choice([capture_hold, capture_hold, void_hold])
            outcome = end(hold_id=hold.pk)
            if isinstance(outcome, Booked):
                yield outcome
    elif verb == 9:
        for posting in Posting.objects.filter(kind="redeem").order_by("-pk")[:50:7]:
            yield refund(posting_id=posting.pk, points=1, scope="storm", key=about["key"], reason="storm")
    elif verb == 10:
        for posting in Posting.objects.filter(kind="accrue").order_by("-pk")[:30:29]:
            yield reverse(posting_id=posting.pk, scope="storm", key=about["key"], reason="storm")
    elif verb == 11:
        # To many, and from many, in no order.
        earn_points(facts=[happened(members) for _ in range(4)])
    elif verb == 12:
        merge(MemberFactory(mobile=f"19{os.getpid() % 10_000:04}{random.randrange(100_000):05}"), member)
    else:
        lapse_lots()
        time_out_holds()


def happened(members: list[int]) -> EarningFact:
    """A receipt that somebody earns for, or that it was undone."""
    policy, cause = {"policy_no": f"P{random.randrange(9)}"}, f"storm:{random.getrandbits(60)}"
    if random.random() < 0.3:
        return EarningFact("policy_admin.policy_reissued", cause, None, timezone.now(), policy)
    return EarningFact("issuance.receipt_confirmed", cause, random.choice(members), timezone.now(), policy)


def merge(closed: Member, kept_id: int) -> None:
    """Somebody has points, some of which are set aside, and becomes one with another; the hold ends afterwards."""
    about = {"member_id": closed.pk, "scope": "storm", "reason": "storm", "key": f"of {closed.pk}"}
    soon = timezone.now() + timedelta(seconds=3)
    accrue(points=90, expires_at=soon, **about)
    hold = open_hold(points=40, expires_at=soon, **about)
    with transaction.atomic():
        locked = lock_accounts(kept_id, closed.pk)
        join_accounts(kept=locked[kept_id], closed=locked[closed.pk], entrance="web")
    if random.random() < 0.7:
        void_hold(hold_id=hold.pk)


def storm(members: list[int], log: Path, until: float) -> None:
    random.seed(os.getpid())
    with log.open("a") as told:
        while time.time() < until:
            try:
                for booked in act(members):
                    # Whoever was told that something was booked finds it there afterwards.
                    told.write(json.dumps([booked.posting_id, booked.member_id, booked.points]) + "\n")
                    told.flush()
            except LedgerRefusal:
                continue
            except Exception:
                told.write(json.dumps(traceback.format_exc()) + "\n")
                told.flush()
                os._exit(1)
    os._exit(0)


@pytest.mark.django_db(transaction=True)
def test_nothing_differs_after_a_storm(tmp_path):
    members = [MemberFactory().pk for _ in range(MEMBERS)]
    rule(
        trigger="issuance.receipt_confirmed", reversal_trigger="policy_admin.policy_reissued",
        reversal_match=["event.policy_no"], budget=10**9,
    )  # fmt: skip
    connection.close()
    context, ends = get_context("fork"), time.time() + SECONDS
    logs = (tmp_path / f"{number}.log" for number in range(10**6))

    def start():
        process = context.Process(target=storm, args=(members, next(logs), ends), daemon=True)
        process.start()
        return process

    processes, killed = [start() for _ in range(PROCESSES)], 0
    try:
        while time.time() < ends - 1:
            time.sleep(random.uniform(0.1, 0.5))
            victim = random.randrange(PROCESSES)
            processes[victim].kill()
            processes[victim].join()
            # One that fell by itself has told why, and is found in the logs.
            killed += processes[victim].exitcode == -signal.SIGKILL
            processes[victim] = start()
        for process in processes:
            process.join(30)
    finally:
        left = [process for process in processes if process.is_alive()]
        # They would go on in the tables of the tests that follow.
        for process in left:
            process.kill()
            process.join()
    assert not left
    told = [json.loads(line) for log in tmp_path.glob("*.log") for line in log.read_text().splitlines()]
    faults = {line for line in told if isinstance(line, str)}
    assert not faults, "\n".join(faults)
    assert killed > 20

    audit()
    booked = {posting: (member, points) for posting, member, points in told}
    assert len(booked) > 300
    moved: dict[int, int] = dict.fromkeys(booked, 0)
    entries = Entry.objects.filter(posting__in=booked, account__kind="points").values_list(
        "posting", "account__member", "amount"
    )
    for posting, member, amount in entries:
        assert booked[posting][0] == member
        moved[posting] += amount
    assert moved == {posting: points for posting, (_, points) in booked.items()}
    assert set(RulePayment.objects.values_list("state", flat=True)) >= {"paid", "taken_back"}
    assert set(Posting.objects.values_list("kind", flat=True)) >= {
        "accrue",
        "redeem",
        "refund",
        "reverse",
        "lapse",
        "transfer",
    }
