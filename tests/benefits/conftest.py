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


import pytest

from benefits.actions.load_tier_terms import load_tier_terms
from benefits.models import TierTerms


@pytest.fixture
def terms(db) -> TierTerms:
    """The rules of the catalogue."""
    load_tier_terms()
    return TierTerms.objects.get()
