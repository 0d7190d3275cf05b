"""Rows that are written without asking first."""

import pytest
from django.db import IntegrityError, connection

from members.rows import insert_row
from notifications.models import PlatformEvent
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def event(**values):
    return PlatformEvent(
        code="verification.otp", key="1", occurred_at="2026-11-27T00:00Z", mobile="+8613800000001", data=values
    )


def test_a_row_is_written_as_the_orm_would_and_knows_its_key():
    new = event(otp="012345", names=["王"])
    assert insert_row(new)
    stored = PlatformEvent.objects.get(pk=new.pk)
    assert (stored.data, stored.mobile) == ({"otp": "012345", "names": ["王"]}, "+8613800000001")


def test_a_row_that_is_there_stays_and_the_other_gets_no_key():
    insert_row(event(otp="1"))
    again = event(otp="2")
    assert not insert_row(again)
    assert again.pk is None
    assert PlatformEvent.objects.get().data == {"otp": "1"}


def test_what_the_database_refuses_is_an_error():
    wrong = event()
    wrong.member_id = MemberFactory().pk + 1
    insert_row(wrong)
    with pytest.raises(IntegrityError):
        connection.check_constraints()
