"""For load balancers: is the process alive, can it do its work."""

from functools import cache

import kombu
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse

BROKER_TIMEOUT_S = 2


def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, schema and broker are there, else 503 with what is missing."""
    missing = []
    try:
        if newest_migrations() - set(MigrationRecorder(connection).applied_migrations()):
            missing.append("schema")
    except DatabaseError:
        missing.append("database")
    if not broker_answers():
        missing.append("broker")
    return JsonResponse(
        {"status": "missing" if missing else "ready", "missing": missing}, status=503 if missing else 200
    )


@cache
def newest_migrations() -> set[tuple[str, str]]:
    """The last migration of every app, as the program brings them."""
    return set(MigrationLoader(None).graph.leaf_nodes())


def broker_answers() -> bool:
    try:
        with kombu.Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_TIMEOUT_S) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT_S)
    except (OSError, kombu.exceptions.KombuError):
        return False
    return True
