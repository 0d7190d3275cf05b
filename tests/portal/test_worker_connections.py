"""A worker's connection to the database lives from task to task, and a dead one is replaced before the next."""

import psycopg2
import pytest
from celery import signals
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from notifications.tasks import sweep
from portal.celery import app, keep_good_connections


@pytest.fixture
def between_tasks(transactional_db):
    """What Celery does around each task in a worker."""
    fixup = DjangoWorkerFixup(app).install()
    keep_good_connections()
    yield lambda: (signals.task_postrun.send(sender=sweep), signals.task_prerun.send(sender=sweep))
    for moment in (signals.task_prerun, signals.task_postrun):
        moment.disconnect(dispatch_uid="close_expired_connections")
    signals.task_postrun.disconnect(fixup.on_task_postrun)
    signals.task_prerun.disconnect(fixup.on_task_prerun)
    signals.worker_process_init.disconnect(fixup.on_worker_process_init)
    signals.beat_embedded_init.disconnect(fixup.close_database)


def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_the_next_task_finds_the_connection_of_the_one_before(between_tasks):
    before = backend()
    between_tasks()
    assert backend() == before


def test_a_connection_that_died_between_tasks_is_replaced(between_tasks):
    before = backend()
    other = psycopg2.connect(**connection.get_connection_params())
    with other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    other.close()
    between_tasks()
    assert backend() != before
