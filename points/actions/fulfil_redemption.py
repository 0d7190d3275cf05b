"""Getting a reward from its provider: never twice, and never lost, whatever becomes of an answer or of a worker.

A worker claims the redemption (committed), speaks with the provider outside any transaction, and settles what came.
`ordered_at` is set with the claim, before the first word: whoever comes after finds that an order may have gone out,
and asks what became of it instead of ordering again.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from points.actions.end_redemption import call_off, deliver, fail, locked_redemption
from points.models import Redemption, Reward
from points.rewards.providers import Answer, Outcome, TopUpProvider, top_up_provider

log = structlog.get_logger(__name__)
State, Failure = Redemption.State, Redemption.Failure

#: More than two calls take, timeouts included.
LEASE = timedelta(seconds=60)
#: Until the next question: soon at first, since somebody waits.
WAITS = [timedelta(seconds=seconds) for seconds in (5, 15, 30, 60, 120, 300, 600, 1800)]
#: After so long without an answer that counts, people look into it; the provider goes on being asked.
DOUBTFUL_AFTER = timedelta(hours=6)
AT_ONCE = 200


def due_redemptions() -> list[int]:
    """Ids of redemptions that somebody should be about."""
    due = Redemption.objects.due(at=timezone.now()).order_by("next_try_at")
    return list(due.values_list("pk", flat=True)[:AT_ONCE])


def fulfil_redemption(*, redemption_id: int) -> None:
    """Goes one step further with what is due; called twice, or for what is not due, it does nothing more."""
    claimed = claim(redemption_id)
    if claimed is None:
        return
    redemption, is_new = claimed
    provider = top_up_provider()
    answer = ask(provider, redemption, is_new) if provider else Answer(Outcome.NOT_TAKEN, code="no provider")
    settle(redemption_id=redemption_id, attempt=redemption.attempts, answer=answer, is_new=is_new)


@transaction.atomic(durable=True)
def claim(redemption_id: int) -> tuple[Redemption, bool] | None:
    """The redemption, and whether it certainly was never ordered; None where nothing is to be asked of a provider.

    What was held back and needs no provider is delivered here; what was asked by an account that is blocked by now is
    called off.
    """
    now = timezone.now()
    redemption = (
        Redemption.objects.due(at=now)
        .filter(pk=redemption_id)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("reward", "member")
        .first()
    )
    if redemption is None:
        return None
    if redemption.state == State.ASKED and not redemption.member.is_active:
        # It was held back for this: whoever found their account in other hands has had it blocked.
        call_off(redemption)
        return None
    if redemption.reward.fulfilment != Reward.Fulfilment.PROVIDER_API:
        deliver(redemption)
        return None
    is_new = redemption.ordered_at is None
    if redemption.state == State.ASKED:
        redemption.state = State.FULFILLING
    redemption.attempts += 1
    redemption.ordered_at = redemption.ordered_at or now
    redemption.lease_until = now + LEASE
    redemption.save(update_fields=["state", "attempts", "ordered_at", "lease_until"])
    return redemption, is_new


def ask(provider: TopUpProvider, redemption: Redemption, is_new: bool) -> Answer:
    """Orders what was certainly never ordered; else asks first, and orders only what the provider never heard of."""
    reference = str(redemption.reference)
    if not is_new:
        answer = provider.status(reference)
        if answer.outcome is not Outcome.UNKNOWN:
            return answer
    assert redemption.mobile
    return provider.order(
        reference=reference,
        provider=redemption.reward.provider,
        mobile=redemption.mobile,
        product=redemption.reward.sku,
    )


@transaction.atomic(durable=True)
def settle(*, redemption_id: int, attempt: int, answer: Answer, is_new: bool) -> None:
    """What follows from an answer. One that comes after others took over, or after the end, changes nothing: whoever
    asks next hears the same of the provider, which answers a known reference alike.

    `is_new`: no earlier order can be under way. Else a provider that takes no order says nothing of the earlier one.
    """
    redemption = locked_redemption(redemption_id)
    if not redemption.is_open or redemption.attempts != attempt:
        log.warning("late_answer_about_redemption", redemption=redemption_id, outcome=answer.outcome.value)
        return
    redemption.problem = answer.code
    match answer.outcome:
        case Outcome.DELIVERED:
            deliver(redemption, provider_reference=answer.reference)
        case Outcome.REFUSED:
            fail(redemption, Failure.REFUSED)
        case Outcome.NOT_TAKEN if is_new and is_long_ago(redemption):
            fail(redemption, Failure.UNREACHABLE)
        case _:
            put_off(redemption, never_ordered=is_new and answer.outcome is Outcome.NOT_TAKEN)


def is_long_ago(redemption: Redemption) -> bool:
    return timezone.now() >= redemption.effective_at + DOUBTFUL_AFTER


def put_off(redemption: Redemption, *, never_ordered: bool) -> None:
    redemption.next_try_at, redemption.lease_until = next_try_at(redemption), None
    if never_ordered:
        redemption.ordered_at = None
    elif redemption.state == State.FULFILLING and is_long_ago(redemption):
        redemption.state = State.DOUBTFUL
    redemption.save(update_fields=["state", "problem", "ordered_at", "next_try_at", "lease_until"])


def next_try_at(redemption: Redemption) -> datetime:
    return timezone.now() + WAITS[min(redemption.attempts, len(WAITS)) - 1]
