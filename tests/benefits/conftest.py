from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection

from benefits.actions.load_benefits import load_benefits
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.models import SiteService, TierTerms
from tests.benefits.network import NOW, make_offer
from tests.benefits.visit_system import VisitProcess
from tests.sandbox import SECRET


@pytest.fixture(autouse=True)
def heard_by_nobody_above(untold) -> None:
    """What is sent about it is tested with notifications."""


@pytest.fixture
def catalogue(db) -> Iterator[None]:
    """Services and allowances as they are shipped. In the end a commit would take whatever the test did."""
    load_benefits()
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


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
def terms(db) -> TierTerms:
    """The rules of the catalogue."""
    load_tier_terms()
    return TierTerms.objects.get()


@pytest.fixture
def private(settings, tmp_path):
    """Where this test's papers lie."""
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


@pytest.fixture
def visits(tmp_path, settings) -> Iterator[VisitProcess]:
    """The sandbox of providers' booking systems, and the platform's settings pointing at it."""
    process = VisitProcess(tmp_path / "visits")
    settings.VISIT_SYSTEM_URL, settings.VISIT_SYSTEM_SECRET = process.url, SECRET
    yield process
    if process.process.poll() is None:
        process.stop()
