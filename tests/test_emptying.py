"""What a test that commits leaves behind: nothing."""

import threading
import time

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.test import TransactionTestCase

from members.models import Member
from points.actions.accrue import accrue
from points.models import Entry, Posting
from tests.emptying import digests
from tests.factories import MemberFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("untold")]


def rows():
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return {table: digest for table, digest in digests(tables).items() if digest}


@pytest.fixture
def untouched():
    TransactionTestCase()._fixture_teardown()
    return rows()


def test_it_works(untouched):
    assert set(untouched) == {"auth_group", "auth_group_permissions", "auth_permission", "django_content_type"}
    accrue(member_id=MemberFactory().pk, points=5, scope="s", key="k", reason="daily.quiz")
    assert Entry.objects.exists()
    TransactionTestCase()._fixture_teardown()
    assert rows() == untouched
    with transaction.atomic():
        assert not Posting.objects.exists() and not Member.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Group.objects.create(name="one more"),
        lambda: Group.objects.first().permissions.clear(),
        lambda: Permission.objects.all().delete(),
        lambda: Group.objects.filter(pk=Group.objects.first().pk).update(name="of another name"),
    ],
)
def test_what_migrations_put_there_is_put_back(untouched, change):
    def granted():
        return sorted(Group.objects.values_list("name", "permissions__codename"))

    before = granted()
    change()
    assert granted() != before
    TransactionTestCase()._fixture_teardown()
    assert granted() == before
    assert set(rows()) == set(untouched)


def test_whoever_is_still_writing_leaves_nothing_behind(untouched):
    writing = threading.Event()

    def write():
        with transaction.atomic():
            MemberFactory()
            writing.set()
            time.sleep(0.5)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    writing.wait(10)
    TransactionTestCase()._fixture_teardown()
    writer.join()
    assert rows() == untouched
