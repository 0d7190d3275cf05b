"""The breaker and the bucket that all workers share, in front of the real provider process."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.db.models import F

from notifications.channels import breaker, sms
from notifications.channels.breaker import BREAK_AFTER, admit
from notifications.models import Attempt, ProviderState
from tests.notifications.test_sandbox_channels import outcomes, outgoing

Outcome = Attempt.Outcome


def state():
    return ProviderState.objects.get(name=sms.NAME)


def let_time_pass(seconds):
    """Moves the provider's row back in time instead of the clock forward."""
    ProviderState.objects.update(
        paused_until=F("paused_until") - timedelta(seconds=seconds),
        refilled_at=F("refilled_at") - timedelta(seconds=seconds),
    )


@pytest.fixture
def broken(db, sandbox):
    """SMS after as many failed batches as it takes."""
    sandbox.turn(server_error_rate=1)
    backend = sms.backend()
    for n in range(BREAK_AFTER):
        assert outcomes(backend.send([outgoing(str(n))])) == {str(n): Outcome.TEMPORARY}
    return backend


def test_a_provider_that_is_well_is_left_at_that(db, sandbox, django_assert_num_queries):
    backend = sms.backend()
    backend.send([outgoing("1")])
    with django_assert_num_queries(2):  # is it well, and was it unwell before: neither locks
        assert outcomes(backend.send([outgoing("2")])) == {"2": Outcome.ACCEPTED}


def test_after_enough_failures_the_provider_is_left_alone(broken, sandbox):
    sandbox.turn(server_error_rate=0)
    (held,) = broken.send([outgoing("held")])
    assert held.outcome == Outcome.THROTTLED
    assert 0 < held.retry_after_s <= breaker.FIRST_PAUSE_S
    assert sandbox.stats()["accepted"] == 0
    assert (state().failures, state().last_error) == (BREAK_AFTER, "HTTP 500")


def test_one_trial_that_succeeds_opens_the_way_for_all(broken, sandbox):
    sandbox.turn(server_error_rate=0)
    let_time_pass(breaker.FIRST_PAUSE_S)
    assert admit(name=sms.NAME, wanted=10)[0] == 10  # this worker has the trial
    assert admit(name=sms.NAME, wanted=10)[0] == 0
    let_time_pass(breaker.TRIAL_S)  # it died with it: another one tries
    assert outcomes(broken.send([outgoing("1")])) == {"1": Outcome.ACCEPTED}
    assert (state().failures, state().paused_until) == (0, None)
    assert admit(name=sms.NAME, wanted=10)[0] == 10


def test_a_trial_that_fails_doubles_the_pause(broken):
    let_time_pass(breaker.FIRST_PAUSE_S)
    assert outcomes(broken.send([outgoing("1")])) == {"1": Outcome.TEMPORARY}
    _, wait, _ = admit(name=sms.NAME, wanted=1)
    assert breaker.FIRST_PAUSE_S < wait <= 2 * breaker.FIRST_PAUSE_S


def test_an_answer_in_between_starts_the_count_again(db, sandbox):
    backend = sms.backend()
    for n in range(3 * BREAK_AFTER):
        sandbox.turn(server_error_rate=int(n % BREAK_AFTER != 0))
        backend.send([outgoing(str(n))])
    assert state().paused_until is None


def test_what_the_provider_asks_for_holds_for_every_worker(db, sandbox):
    sandbox.turn(throttle_per_s=1)
    backend = sms.backend()
    backend.send([outgoing(str(n)) for n in range(5)])
    assert outcomes(backend.send([outgoing("asked")])) == {"asked": Outcome.THROTTLED}
    sandbox.turn(throttle_per_s=0)
    assert outcomes(sms.backend().send([outgoing("other worker")])) == {"other worker": Outcome.THROTTLED}
    assert sandbox.stats()["throttled"] == 1


def test_the_rate_that_staff_set_is_kept(db, sandbox):
    ProviderState.objects.create(name=sms.NAME, rate_per_s=10)
    let_time_pass(60)
    results = sms.backend().send([outgoing(str(n)) for n in range(15)])
    assert list(outcomes(results).values()) == [Outcome.ACCEPTED] * 10 + [Outcome.THROTTLED] * 5
    assert [result.retry_after_s for result in results[10:]] == [0.1, 0.2, 0.3, 0.4, 0.5]
    let_time_pass(0.5)
    allowed, _, _ = admit(name=sms.NAME, wanted=100)
    assert 5 <= allowed < 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_workers_share_one_bucket(monkeypatch, locked):
    """Control: without the lock both take the same tokens."""
    ProviderState.objects.create(name="p", rate_per_s=100)
    let_time_pass(60)
    both = Barrier(2)
    taken = []
    if not locked:

        def unlocked(name):
            found = ProviderState.objects.annotate(now=breaker.Now()).get(name=name)
            both.wait(5)
            return found, found.now

        monkeypatch.setattr(breaker, "locked", unlocked)

    def work():
        if locked:
            both.wait(5)
        taken.append(admit(name="p", wanted=100)[0])
        connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Between the two a few tokens may have come back.
    assert (sum(taken) < 150) is locked
