from collections.abc import Iterator

import pytest
import time_machine

from benefits.models import SiteService
from tests.benefits.network import NOW, make_offer
from tests.benefits.visit_system import VisitProcess
from tests.sandbox import SECRET


@pytest.fixture(autouse=True)
def heard_by_nobody_above(untold) -> None:
    """What is sent about it is tested with notifications."""


@pytest.fixture
def monday_morning(db) -> Iterator[time_machine.Traveller]:
    """Python's time, which stands."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def dentist(monday_morning) -> SiteService:
    """Dental cleaning at one site, one guest an hour."""
    return make_offer()


@pytest.fixture
def visits(tmp_path, settings) -> Iterator[VisitProcess]:
    """The sandbox of providers' booking systems, and the platform's settings pointing at it."""
    process = VisitProcess(tmp_path / "visits")
    settings.VISIT_SYSTEM_URL, settings.VISIT_SYSTEM_SECRET = process.url, SECRET
    yield process
    if process.process.poll() is None:
        process.stop()
