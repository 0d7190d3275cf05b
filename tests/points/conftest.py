from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection

from members.models import Member
from points.actions.accrue import accrue
from points.actions.load_rewards import load_rewards
from points.auditing import audit
from points.models import Posting
from points.requests import Booked
from tests.factories import MemberFactory
from tests.points.earning import NOON, customer_with_account, load
from tests.points.topups import TopUpProcess
from tests.sandbox import SECRET


@pytest.fixture
def alice(db) -> Iterator[Member]:
    """Whatever happened to her points: in the end a commit would take it, and the auditor finds nothing."""
    yield MemberFactory()
    if connection.needs_rollback:  # the database has refused the last thing that the test tried
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    audit()


@pytest.fixture
def bob(db) -> Member:
    return MemberFactory()


@pytest.fixture
def clock(db):
    """Python's time, which stands; later than the database's own, which only says when something was booked."""
    with time_machine.travel(datetime(2100, 3, 1, 4, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def earn(db) -> Callable[..., Booked]:
    """Points for somebody, each time under a key of its own."""

    def earn(member: Member, points: int, **other: object) -> Booked:
        about = {"scope": "earned", "key": str(Posting.objects.count()), "reason": "daily.quiz"}
        return accrue(member_id=member.pk, points=points, **about | other)

    return earn


@pytest.fixture
def rewards(db, untold) -> None:
    """The rewards of the catalogue."""
    load_rewards()


@pytest.fixture
def catalogue(db, untold) -> Iterator[None]:
    """The earning rules of the catalogue, at noon."""
    with time_machine.travel(NOON, tick=False):
        load()
        yield


@pytest.fixture
def carol(db) -> Member:
    """A customer with an account."""
    return customer_with_account()


@pytest.fixture
def topups(tmp_path, settings) -> Iterator[TopUpProcess]:
    """The sandbox of top-ups, and the platform's settings pointing at it."""
    process = TopUpProcess(tmp_path / "topups")
    settings.TOPUP_URL, settings.TOPUP_SECRET = process.url, SECRET
    yield process
    if process.process.poll() is None:
        process.stop()


@pytest.fixture(autouse=True)
def heard_by_points_alone(untold) -> None:
    """What is sent about it is tested with notifications."""
