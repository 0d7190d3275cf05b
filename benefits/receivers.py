"""What benefits does about what the packages below tell by signal."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from benefits.actions.recheck_tiers import mark_policyholders
from benefits.tasks import nudge_recheck
from members.events import PoliciesMirrored, policies_mirrored


@receiver(policies_mirrored)
def mark_for_assessment(fact: PoliciesMirrored, **_: Any) -> None:
    mark_policyholders(policy_ids=fact.policy_ids, former_ids=fact.former_holder_ids)
    transaction.on_commit(nudge_recheck)
