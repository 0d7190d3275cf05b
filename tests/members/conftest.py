import pytest
from django.db import connection

from members.consumers import registry


@pytest.fixture
def log_output():
    """A table for what a consumer makes of events."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE log_output (id bigserial, event bigint)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE log_output")


@pytest.fixture
def consumers(monkeypatch):
    """The consumers of this test alone: name → apply."""
    own = {}
    monkeypatch.setattr(registry, "_consumers", own)
    return own
