"""A long job is done once at a time, whoever else is asked for it."""

import pytest
from django.db import connection

from members.alone import alone

NUMBER = 0x7E57


@pytest.fixture
def somebody_else(db):
    """Another session of the database."""
    other = connection.copy()
    with other.cursor() as cursor:
        yield cursor
    other.close()


def may_begin(cursor):
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER])
    return cursor.fetchone()[0]


def test_nobody_else_begins_until_it_ends(somebody_else):
    with alone(NUMBER) as free:
        assert free
        assert not may_begin(somebody_else)
    assert may_begin(somebody_else)
    with alone(NUMBER) as free:
        assert not free


def test_one_that_fails_is_free_for_the_next(somebody_else):
    with pytest.raises(ZeroDivisionError), alone(NUMBER):
        1 / 0  # noqa: B018
    assert may_begin(somebody_else)
