"""Thin tasks around actions. A task is a nudge: what is to be done stands in the database, and any may run twice."""

from celery import shared_task
from django.db import InterfaceError, OperationalError

from benefits.actions.run_provider_import import run_provider_import, stalled_provider_imports
from members.actions.run_delivery import ImportIsRunning


@shared_task(
    queue="housekeeping",
    time_limit=3600,
    autoretry_for=(OperationalError, InterfaceError, ImportIsRunning),
    max_retries=30,
    retry_backoff=30,
    retry_backoff_max=180,
)
def import_uploaded_providers(import_id: int) -> None:
    """Files of the network that staff handed in; once more does no harm."""
    run_provider_import(import_id=import_id)


@shared_task(queue="housekeeping", expires=300)
def resume_provider_imports() -> None:
    """Every few minutes: imports whose task or worker was lost."""
    for import_id in stalled_provider_imports():
        import_uploaded_providers.delay(import_id)
