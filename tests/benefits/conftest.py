from collections.abc import Iterator

import pytest
from django.db import connection

from benefits.actions.load_benefits import load_benefits


@pytest.fixture
def catalogue(db) -> Iterator[None]:
    """Services and allowances as they are shipped. In the end a commit would take whatever the test did."""
    load_benefits()
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture(autouse=True)
def heard_by_benefits_alone(untold) -> None:
    """What is sent about it is tested with notifications."""
