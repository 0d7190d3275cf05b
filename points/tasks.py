"""Thin tasks around actions. A task is a nudge: what is to be done stands in the database, and any may run twice."""

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerDown

from members.alone import alone
from points.actions.audit_ledger import audit_ledger as compare
from points.actions.end_hold import time_out_holds as time_out
from points.actions.fulfil_redemption import due_redemptions
from points.actions.fulfil_redemption import fulfil_redemption as fulfil
from points.actions.lapse_lots import lapse_lots as lapse
from points.actions.seal_postings import seal_postings as seal
from points.actions.simulate_rule import TIME_LIMIT, due_simulations, run_simulation
from points.actions.tell_of_points import tell_of_earnings as tell_earnings
from points.actions.tell_of_points import tell_of_expiry as warn
from points.actions.watch_stock import watch_stock as watch
from points.auditing import LedgerDiffers

log = structlog.get_logger(__name__)
# What no worker takes by then, the sweep has asked for again: nudges don't pile up.
NUDGE_EXPIRES_SECONDS = 10
#: For what reads every row, or speaks to every member.
A_NIGHT_SECONDS = 6 * 3600
AUDITING, WARNING, SUMMING_UP = 0xA0D17, 0xA0D18, 0xA0D19
RESUMED_EVERY_SECONDS = 300


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


@shared_task(time_limit=A_NIGHT_SECONDS)
def audit_ledger() -> None:
    """Every night. A difference fails the task, loudly: somebody has to look at once."""
    with alone(AUDITING) as free:
        if free:
            try:
                compare()
            except LedgerDiffers as error:
                log.critical("ledger_differs", **vars(error.difference))
                raise


@shared_task(time_limit=A_NIGHT_SECONDS)
def tell_of_expiry() -> None:
    """Daily; nobody is told twice."""
    with alone(WARNING) as free:
        if free:
            warn(at=timezone.now())


@shared_task(time_limit=A_NIGHT_SECONDS)
def tell_of_earnings() -> None:
    """On the first days of a month, of the one before; nobody is told twice."""
    with alone(SUMMING_UP) as free:
        if free:
            tell_earnings(at=timezone.now())


@shared_task(queue="housekeeping", time_limit=int(TIME_LIMIT.total_seconds()))
def simulate_rule(simulation_id: int) -> None:
    """A simulation that somebody waits for; once more does no harm."""
    run_simulation(simulation_id=simulation_id)


@shared_task(queue="housekeeping")
def resume_simulations() -> None:
    """Every five minutes: makes up for nudges and workers that were lost."""
    for simulation_id in due_simulations(at=timezone.now()).values_list("pk", flat=True):
        simulate_rule.apply_async(args=(simulation_id,), expires=RESUMED_EVERY_SECONDS)


# A queue and workers of its own: a provider that hangs keeps no message waiting.
@shared_task(queue="rewards")
def fulfil_redemption(redemption_id: int) -> None:
    """After a redemption, and whenever its provider is to be asked again."""
    fulfil(redemption_id=redemption_id)


@shared_task
def sweep_redemptions() -> None:
    """Every five seconds: asks for what is due, and so makes up for nudges and workers that were lost."""
    for redemption_id in due_redemptions():
        nudge_redemption(redemption_id)


@shared_task
def watch_stock() -> None:
    """Daily; once more does no harm."""
    watch()


def nudge_redemption(redemption_id: int) -> None:
    try:
        fulfil_redemption.apply_async(args=(redemption_id,), expires=NUDGE_EXPIRES_SECONDS)
    except BrokerDown:
        log.warning("broker_unreachable", redemption=redemption_id)
