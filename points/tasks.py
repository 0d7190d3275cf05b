"""Thin tasks around actions. A task is a nudge: what is to be done stands in the database, and any may run twice."""

import structlog
from celery import shared_task

from points.actions.end_hold import time_out_holds as time_out
from points.actions.lapse_lots import lapse_lots as lapse
from points.actions.seal_postings import seal_postings as seal
from points.auditing import LedgerDiffers, audit

log = structlog.get_logger(__name__)


@shared_task
def seal_postings() -> None:
    """Every minute."""
    seal()


@shared_task
def time_out_holds() -> None:
    """Every minute."""
    time_out()


@shared_task
def lapse_lots() -> None:
    """Daily, after the hour at which points expire."""
    lapse()


@shared_task
def audit_ledger() -> None:
    """Every night. A difference fails the task, loudly: somebody has to look at once."""
    try:
        audit()
    except LedgerDiffers as error:
        log.critical("ledger_differs", **vars(error.difference))
        raise
