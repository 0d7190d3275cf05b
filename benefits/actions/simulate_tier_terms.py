"""What drafted rules would make of the tiers of everybody, before they are published."""

from collections import Counter

import structlog
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from benefits import tier_sql
from benefits.actions.assess_shard import Shard, terms_in_force
from benefits.actions.assess_tiers import end_of_shard, last_customer
from benefits.models import TierPeriod, TierSimulation, TierTerms
from members.models import Member

SIMULATE = "benefits.simulate_tierterms"
log = structlog.get_logger(__name__)


@transaction.atomic
def start_simulation(*, terms_id: int, by: Member) -> TierSimulation:
    """A simulation that waits for a worker, of the rules as they are now, against those in force today.

    Raises PermissionDenied, TierTerms.DoesNotExist, NoTierTerms.
    """
    if not by.has_perm(SIMULATE):
        raise PermissionDenied
    terms, today = TierTerms.objects.get(pk=terms_id), timezone.localdate()
    held = TierPeriod.objects.on(today).order_by().values_list("tier").annotate(count=Count("pk"))
    return TierSimulation.objects.create(
        terms=terms,
        drafted=terms.terms(),
        compared=terms_in_force(today),
        on=today,
        last=last_customer(),
        held=dict(held),
        asked_by=by,
    )


def run_simulation(*, simulation_id: int) -> None:
    """Looks at the book shard by shard, and goes on where it was stopped; of an ended one nothing is done.

    Commits as it goes, so it must not be called in a transaction.
    """
    simulation = TierSimulation.objects.select_related("compared").get(pk=simulation_id)
    drafted = TierTerms.restored(simulation.drafted)
    while simulation.cursor < simulation.last:
        shard = Shard(simulation.cursor, end_of_shard(simulation.cursor, simulation.last))
        moves = Counter(simulation.moves)
        for before, after, customers in compared(shard, simulation, drafted):
            moves[f"{name(before)}>{name(after)}"] += customers
        simulation.moves, simulation.cursor = dict(moves), shard.upto
        simulation.save(update_fields=["moves", "cursor"])
    if simulation.finished_at is None:
        simulation.finished_at = timezone.now()
        simulation.save(update_fields=["finished_at"])


def name(rank: int) -> str:
    return tier_sql.TIERS[rank - 1] if rank else ""


def compared(shard: Shard, simulation: TierSimulation, drafted: TierTerms) -> list[tuple[int, int, int]]:
    """(rank under the rules in force, rank under the draft, customers)."""
    known = {"after": shard.after, "upto": shard.upto}
    with connection.cursor() as cursor:
        # Each side with its own rules: bound before the two are put together.
        sides = [
            cursor.mogrify(tier_sql.side(which), tier_sql.parameters(terms, simulation.on) | known).decode()
            for which, terms in (("now", simulation.compared), ("then", drafted))
        ]
        cursor.execute(tier_sql.COMPARED.format(now=sides[0], then=sides[1]))
        return list(cursor.fetchall())


def due_simulations() -> list[int]:
    """Ids of those that are not ended: they wait, are under way, or whoever ran them was killed."""
    return list(TierSimulation.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))
