"""The Celery application. Its queues and timetable stand in `portal/schedule.py`."""

import gc
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_init, worker_process_init
from django.db import close_old_connections
from django_structlog.celery.steps import DjangoStructLogInitStep

app = Celery("banyan")
# For every thread: the web server's request threads would else enqueue through an application without our settings.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Celery would put its own handlers in place of ours."""


@worker_init.connect
def load_face_models(sender: Any, **_: object) -> None:
    """Before the worker forks, so that its processes share them; where no faces are looked at, nobody pays."""
    if "face" in sender.app.amqp.queues.consume_from:
        from members.face.sight import library

        library()


@worker_init.connect
def keep_good_connections(**_: object) -> None:
    """As Django does around a request; Celery alone would connect anew for every task (CELERY_DB_REUSE_MAX).

    In workers alone: a task that is called in its caller's process stands in the caller's transaction.
    """
    for moment in (task_prerun, task_postrun):
        moment.connect(close_expired_connections, dispatch_uid="close_expired_connections")


def close_expired_connections(**_: object) -> None:
    close_old_connections()


@worker_process_init.connect
def leave_what_is_loaded(**_: object) -> None:
    """What a worker starts with stays for good: collecting garbage need not look at it again."""
    gc.freeze()
