"""Two accounts of one person become one: what rules have paid goes along."""

from django.db.models import Exists, OuterRef, Q

from points.models import RulePayment


def move_payments(*, kept_id: int, closed_id: int) -> None:
    """In the transaction that merges the accounts. What both were paid for stays behind, so that nothing is paid
    twice; from now on the caps of a lifetime count what both have had."""
    same = Q(cause=OuterRef("cause")) | Q(fact=OuterRef("fact"))
    of_kept = RulePayment.objects.filter(same, member=kept_id, rule=OuterRef("rule"))
    RulePayment.objects.filter(~Exists(of_kept), member=closed_id).update(member=kept_id)
