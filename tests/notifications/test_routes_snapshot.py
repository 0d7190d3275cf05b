"""The snapshot of event types: an edit is noticed whatever order transactions commit in."""

import threading

import pytest
from django.db import connections, transaction

from notifications.models import EventType
from notifications.routes import Routes
from notifications.texts import Texts
from tests.notifications.conftest import make_event_type


@pytest.mark.django_db
def test_nothing_is_read_again_while_nothing_changes(premium_due, django_assert_num_queries):
    before = Routes.current()
    with django_assert_num_queries(1):
        assert Routes.current() is before


@pytest.mark.django_db
def test_text_shows_a_variable_by_the_type_that_it_was_given_since(premium_due):
    assert Texts.current(Routes.current()).find(premium_due.code, "sms", "zh-hans").types["premium"] == "money"
    premium_due.variables = {**premium_due.variables, "premium": "str"}
    premium_due.save()
    assert Texts.current(Routes.current()).find(premium_due.code, "sms", "zh-hans").types["premium"] == "str"


@pytest.mark.django_db(transaction=True)
def test_edit_that_commits_after_a_later_one_is_noticed():
    slow, quick = make_event_type(), make_event_type("renewal.premium_due_1d")
    edited, may_commit = threading.Event(), threading.Event()

    def edit_slowly():
        try:
            with transaction.atomic():
                event_type = EventType.objects.get(pk=slow.pk)
                event_type.enabled = False
                event_type.save()
                edited.set()
                may_commit.wait(10)
        finally:
            connections.close_all()

    editor = threading.Thread(target=edit_slowly)
    editor.start()
    assert edited.wait(10)
    quick.save()
    assert Routes.current().of(slow.pk).enabled
    may_commit.set()
    editor.join()
    assert not Routes.current().of(slow.pk).enabled
