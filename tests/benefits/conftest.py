import pytest

from benefits.actions.load_tier_terms import load_tier_terms
from benefits.models import TierTerms


@pytest.fixture
def terms(db) -> TierTerms:
    """The rules of the catalogue."""
    load_tier_terms()
    return TierTerms.objects.get()
