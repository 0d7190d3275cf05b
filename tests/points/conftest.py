import pytest

from members.models import Member
from tests.factories import MemberFactory


@pytest.fixture
def alice(db) -> Member:
    return MemberFactory()


@pytest.fixture
def bob(db) -> Member:
    return MemberFactory()
