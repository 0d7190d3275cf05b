"""Not hammering a provider: a circuit breaker and a token bucket that all workers share.

Use `Guarded(backend)` in place of the backend. What it holds back comes as `throttled` with `retry_after_s`: the
provider was not called, and the message may be sent after that time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from notifications.channels import ChannelBackend, Outgoing, Result
from notifications.models import Attempt, ProviderState

Outcome = Attempt.Outcome

#: So many batches in a row with not one answer, and the provider is left alone.
BREAK_AFTER = 5
#: For so long at first, twice as long after every trial that fails.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0
#: After a pause one batch goes as a trial; the others wait for it so long (more than a call's timeouts).
TRIAL_S = 20.0


class Guarded:
    """A backend that is called only when, and as fast as, its provider can take it."""

    def __init__(self, backend: ChannelBackend) -> None:
        self.backend = backend
        self.name = backend.name
        self.batch_size = backend.batch_size

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        allowed, wait, rate = admit(name=self.name, wanted=len(batch))
        results = self.backend.send(batch[:allowed]) if allowed else []
        if called := [result for result in results if result.called]:
            settle(name=self.name, results=called)
        for place, message in enumerate(batch[allowed:], start=1):
            # At a known rate the later ones come back later, so that they don't queue up for nothing.
            seconds = wait + (place / rate if rate else 0.0)
            results.append(
                Result(
                    message.key,
                    Outcome.THROTTLED,
                    detail="held back: provider paused",
                    retry_after_s=seconds,
                    called=False,
                )
            )
        return results

    def look_up(self, keys: Sequence[str]) -> Mapping[str, Result | None]:
        return self.backend.look_up(keys)


def admit(*, name: str, wanted: int) -> tuple[int, float, int | None]:
    """How many of `wanted` messages may be sent now, seconds until the rest may, and the rate when one is set.

    A provider that is well and has no rate costs one read and no lock.
    """
    if ProviderState.objects.filter(name=name, paused_until=None, rate_per_s=None).exists():
        return wanted, 0.0, None
    with transaction.atomic():
        state, now = locked(name)
        if state.paused_until and now < state.paused_until:
            return 0, (state.paused_until - now).total_seconds(), state.rate_per_s
        trial = state.paused_until is not None and state.failures >= BREAK_AFTER
        state.paused_until = now + timedelta(seconds=TRIAL_S) if trial else None
        allowed = take_tokens(state, wanted, now)
        state.save()
    return allowed, 0.0, state.rate_per_s


def take_tokens(state: ProviderState, wanted: int, now: datetime) -> int:
    """Takes up to `wanted` messages from the bucket, which holds one second's rate."""
    if not state.rate_per_s:
        return wanted
    elapsed = max(0.0, (now - state.refilled_at).total_seconds())
    state.tokens = min(float(state.rate_per_s), state.tokens + elapsed * state.rate_per_s)
    state.refilled_at = now
    allowed = min(wanted, int(state.tokens))
    state.tokens -= allowed
    return allowed


def settle(*, name: str, results: Sequence[Result]) -> None:
    """Learns from what a call brought: any answer that counts closes the breaker."""
    outcomes = {result.outcome for result in results}
    if outcomes <= {Outcome.TEMPORARY, Outcome.UNCERTAIN}:
        record_failure(name=name, error=results[0].detail)
    elif outcomes == {Outcome.THROTTLED}:
        pause(name=name, seconds=max(result.retry_after_s or 0.0 for result in results), error=results[0].detail)
    else:
        # Touches no row while all is well.
        unwell = ~Q(failures=0) | Q(paused_until__isnull=False)
        ProviderState.objects.filter(unwell, name=name).update(failures=0, paused_until=None)


@transaction.atomic
def record_failure(*, name: str, error: str) -> None:
    """One more batch in a row without an answer; opens the breaker when there were too many."""
    state, now = locked(name)
    state.failures += 1
    state.last_error, state.last_failed_at = error[:200], now
    if state.failures >= BREAK_AFTER:
        seconds = min(FIRST_PAUSE_S * 2 ** (state.failures - BREAK_AFTER), LONGEST_PAUSE_S)
        state.paused_until = now + timedelta(seconds=seconds)
    state.save()


@transaction.atomic
def pause(*, name: str, seconds: float, error: str) -> None:
    """The provider is well but asks for a pause."""
    state, now = locked(name)
    state.failures = 0
    state.last_error, state.last_failed_at = error[:200], now
    state.paused_until = now + timedelta(seconds=seconds)
    state.save()


def locked(name: str) -> tuple[ProviderState, datetime]:
    """The provider's row, locked, and the database's time: workers' clocks may differ."""
    ProviderState.objects.bulk_create([ProviderState(name=name)], ignore_conflicts=True)
    state = ProviderState.objects.select_for_update().annotate(now=Now()).get(name=name)
    return state, state.now
