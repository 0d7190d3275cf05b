"""Our session store keeps what Django promises of one: a new key at each sign-in, and the old one opens nothing."""

import pytest
from django.contrib.sessions.models import Session

from members.signin.session_store import SessionStore

pytestmark = pytest.mark.django_db


def begun(**data):
    session = SessionStore()
    session.update(data)
    session.save()
    return session


def test_a_new_key_keeps_what_is_in_the_session_and_the_old_one_opens_nothing():
    session = begun(basket="tea")
    old = session.session_key
    session.cycle_key()
    session["more"] = 1
    session.save()
    assert session.session_key != old
    assert SessionStore(session.session_key).load() == {"basket": "tea", "more": 1}
    assert SessionStore(old).load() == {}
    assert Session.objects.count() == 1


def test_a_session_that_has_no_row_yet_gets_one():
    session = SessionStore()
    session["basket"] = "tea"
    session.cycle_key()
    session.save()
    assert SessionStore(session.session_key).load() == {"basket": "tea"}


def test_a_key_that_opens_nothing_is_not_taken_over():
    session = SessionStore("madeupbysomebodyelse")
    session.cycle_key()
    assert session.session_key != "madeupbysomebodyelse"
    assert list(Session.objects.values_list("pk", flat=True)) == [session.session_key]


def test_of_two_requests_that_change_the_key_at_once_each_has_a_session(django_assert_num_queries):
    first = begun(basket="tea")
    second = SessionStore(first.session_key)
    second.load()
    assert second["basket"] == "tea"
    with django_assert_num_queries(1):
        first.cycle_key()
    second.cycle_key()
    second.save()
    assert first.session_key != second.session_key
    assert SessionStore(second.session_key).load() == {"basket": "tea"}
