from collections.abc import Iterator

import pytest
import time_machine

from benefits.models import SiteService
from tests.benefits.network import NOW, make_offer


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
def private(settings, tmp_path):
    """Where this test's papers lie."""
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }
    return tmp_path
