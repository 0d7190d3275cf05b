"""Thin tasks around actions. A task is a nudge: what is to be done stands in the database, and any may run twice."""

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerDown

from benefits.actions import assess_tiers as assessing
from benefits.actions.assess_shard import NoTierTerms
from benefits.actions.audit_benefits import audit_benefits as compare
from benefits.actions.confirm_booking import confirm_booking as confirm
from benefits.actions.confirm_booking import due_confirmations
from benefits.actions.end_buffers import end_buffers
from benefits.actions.keep_visit import end_past_visits as end_past
from benefits.actions.recheck_tiers import recheck_tiers as recheck
from benefits.actions.refresh_entitlements import refresh_entitlements
from benefits.actions.remind_of_visits import remind_of_visits as remind
from benefits.actions.run_provider_import import run_provider_import, stalled_provider_imports
from benefits.actions.serve_waiting_lists import serve_waiting_lists as serve
from benefits.actions.settle_month import months_to_settle, settle_all
from benefits.actions.simulate_tier_terms import due_simulations, run_simulation
from benefits.actions.tell_of_benefits import tell_of_expiry
from benefits.actions.tell_of_benefits import tell_of_gains as tell_gains
from benefits.actions.tell_of_tiers import tell_of_tiers as tell_tiers
from benefits.actions.tell_overdue_cases import tell_overdue_cases as tell_overdue
from benefits.auditing import BenefitsDiffer
from members.actions.run_delivery import ImportIsRunning
from members.alone import alone

log = structlog.get_logger(__name__)
#: What no worker takes by then, the timetable has asked for again.
NUDGE_EXPIRES_SECONDS = 10
#: For what looks at every customer.
A_NIGHT_SECONDS = 6 * 3600
ASSESSING, RECHECKING, TELLING, SIMULATING = 0x71E21, 0x71E22, 0x71E23, 0x71E24
REFRESHING, TELLING_OF_GAINS, WARNING, AUDITING, SERVING = 0xBE0E1, 0xBE0E2, 0xBE0E3, 0xBE0E4, 0xBE0E5
# What no worker takes by then, the timetable has asked for again: nudges don't pile up.
SERVED_EVERY_SECONDS = 60


@shared_task(time_limit=A_NIGHT_SECONDS)
def assess_tiers() -> None:
    """Early every day: the monthly assessment, that of new rules, and buffers that are over. Once more does no harm."""
    with alone(ASSESSING) as free:
        if free:
            today = timezone.localdate()
            try:
                for on, cause in assessing.due_runs(today=today):
                    run = assessing.assess_tiers(on=on, cause=cause)
                    log.info("tiers_assessed", on=str(on), policies=run.policies, findings=run.findings)
                end_buffers(on=today)
            except NoTierTerms:
                log.warning("no_tier_terms")
    nudge_telling()


@shared_task(time_limit=A_NIGHT_SECONDS)
def resume_tier_runs() -> None:
    """Every five minutes: makes up for nudges and workers that were lost in the middle."""
    if assessing.stopped_runs().exists():
        assess_tiers.delay()
    for simulation_id in due_simulations():
        simulate_tier_terms.delay(simulation_id)


@shared_task(time_limit=A_NIGHT_SECONDS)
def recheck_tiers() -> None:
    """After an import of policies, and every minute."""
    with alone(RECHECKING) as free:
        if free:
            try:
                done = recheck(on=timezone.localdate())
            except NoTierTerms:
                log.warning("no_tier_terms")
                return
            if done:
                nudge_telling()


@shared_task(time_limit=A_NIGHT_SECONDS)
def tell_of_tiers() -> None:
    """After assessments, and every minute; nobody is told twice."""
    with alone(TELLING) as free:
        if free:
            tell_tiers()


@shared_task(time_limit=A_NIGHT_SECONDS)
def simulate_tier_terms(simulation_id: int) -> None:
    """A simulation that somebody waits for; once more does no harm."""
    with alone(SIMULATING) as free:
        if free:
            run_simulation(simulation_id=simulation_id)


def nudge_recheck() -> None:
    try:
        recheck_tiers.apply_async(expires=NUDGE_EXPIRES_SECONDS)
    except BrokerDown as error:
        log.warning("tier_nudge_lost", error=type(error).__name__)


def nudge_telling() -> None:
    try:
        tell_of_tiers.apply_async(expires=NUDGE_EXPIRES_SECONDS)
    except BrokerDown as error:
        log.warning("tier_nudge_lost", error=type(error).__name__)


@shared_task(time_limit=A_NIGHT_SECONDS)
def refresh_all_entitlements() -> None:
    """Early every day, and some hours more: a run that was killed goes on, one that was not finds nothing to do."""
    with alone(REFRESHING) as free:
        if free:
            refreshed = refresh_entitlements(customer_ids=None, on=timezone.localdate())
            log.info("entitlements_refreshed", created=refreshed.created, changed=refreshed.changed)


@shared_task(time_limit=A_NIGHT_SECONDS)
def tell_of_gains() -> None:
    """Every minute; nobody is told twice."""
    with alone(TELLING_OF_GAINS) as free:
        if free:
            tell_gains(on=timezone.localdate())


@shared_task(time_limit=A_NIGHT_SECONDS)
def tell_of_quota_expiry() -> None:
    """Daily; nobody is told twice."""
    with alone(WARNING) as free:
        if free:
            tell_of_expiry(on=timezone.localdate())


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


@shared_task
def tell_overdue_cases() -> None:
    """Every minute; nobody is told twice."""
    tell_overdue()


@shared_task(time_limit=A_NIGHT_SECONDS)
def settle_months() -> None:
    """From the third of a month on, the last one, and what was missed before; what is written stays."""
    for month in months_to_settle():
        settle_all(month=month)


@shared_task(time_limit=A_NIGHT_SECONDS)
def audit_benefits() -> None:
    """Every night. A difference fails the task, loudly: somebody has to look at once."""
    with alone(AUDITING) as free:
        if free:
            try:
                compare()
            except BenefitsDiffer as error:
                log.critical("benefits_differ", differences=list(map(str, error.differences)))
                raise


@shared_task
def serve_waiting_lists() -> None:
    """Every minute, and as soon as a place is free again: one at a time, or the second in the list would be served
    while the first still is."""
    with alone(SERVING) as free:
        if free:
            serve()


@shared_task
def remind_of_visits() -> None:
    """The day before, in the morning, and in the evening for what was booked since; nobody is reminded twice."""
    remind()


@shared_task
def end_past_visits() -> None:
    """Every night."""
    end_past()


# Providers are called beside the channels, whose queue waits for providers, too.
@shared_task(queue="messages")
def confirm_booking(noted_id: int) -> None:
    """After a booking was made or changed, and whenever the provider's own system is to be told again."""
    confirm(noted_id=noted_id)


@shared_task
def sweep_confirmations() -> None:
    """Every five seconds: asks for what is due, and so makes up for nudges and workers that were lost."""
    for noted_id in due_confirmations():
        nudge_confirmation(noted_id)


def nudge_confirmation(noted_id: int) -> None:
    try:
        confirm_booking.apply_async(args=(noted_id,), expires=NUDGE_EXPIRES_SECONDS)
    except BrokerDown:
        log.warning("broker_unreachable", nudge="confirmation")


def nudge_waiting_lists() -> None:
    try:
        serve_waiting_lists.apply_async(expires=SERVED_EVERY_SECONDS)
    except BrokerDown:
        log.warning("broker_unreachable", nudge="waiting lists")
