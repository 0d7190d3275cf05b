"""What rules have paid members, read for a batch of events: what caps, repetitions and once-only rules are decided by.

Whoever decides by it has locked the members before, in a statement of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Q, Sum

from members.calendar.finding import SHANGHAI
from members.models import Member
from points.earning.deciding import PaidSoFar, cause_of, digest
from points.earning.facts import EarningFact
from points.models import EarningRule, RulePayment

Books = dict[tuple[int, int], PaidSoFar]


def person_of(member: Member) -> str:
    """Who a member is, as a digest: by customer number, else by mobile number. Caps of a lifetime are a person's: who
    closes an account and opens another has had what the first one had."""
    if member.customer is not None:
        return digest("earning person", ["customer", member.customer.customer_no])
    if not member.mobile_index:
        return ""
    return digest("earning person", ["mobile", bytes(member.mobile_index).hex()])


def read_paid(rules: Sequence[EarningRule], members: Mapping[int, Member], facts: Sequence[EarningFact]) -> Books:
    """(rule id, member id) → what the rule has paid the member."""
    books = {(rule.pk, member): PaidSoFar() for rule in rules for member in members}
    if not books:
        return books
    of_all = RulePayment.objects.filter(rule__in=rules, member__in=members)
    read_days(books, rules, members, facts)
    read_lifetimes(books, [rule for rule in rules if rule.cap_lifetime is not None], members)
    found = [(rule, cause_of(rule, fact)) for rule in rules for fact in facts if fact.trigger == rule.trigger]
    same = Q(cause__in={keys[0] for _, keys in found if keys}) | Q(fact__in={fact.cause for fact in facts})
    for rule_id, member_id, cause, fact in of_all.filter(same).values_list("rule", "member", "cause", "fact"):
        books[rule_id, member_id].causes.add(cause)
        books[rule_id, member_id].facts.add(fact)
    once = {keys[1] for rule, keys in found if keys and rule.once_days}
    if once:
        counted = of_all.counting().filter(once_key__in=once)
        for rule_id, member_id, key, on in counted.values_list("rule", "member", "once_key", "earned_on"):
            books[rule_id, member_id].once.setdefault(key, []).append(on)
    return books


def read_days(books: Books, rules: Sequence[EarningRule], members: Iterable[int], facts: Sequence[EarningFact]) -> None:
    """What was paid since the beginning of the month, or the year, of the earliest event: as far as the caps ask."""
    first = min(fact.occurred_at for fact in facts).astimezone(SHANGHAI).date()
    for yearly, since in ((True, first.replace(month=1, day=1)), (False, first.replace(day=1))):
        counted = [rule for rule in rules if (rule.cap_year is not None) == yearly and (yearly or capped_within(rule))]
        if counted:
            add_days(books, counted, members, since)


def capped_within(rule: EarningRule) -> bool:
    return rule.cap_day is not None or rule.cap_month is not None


def add_days(books: Books, rules: Sequence[EarningRule], members: Iterable[int], since: date) -> None:
    paid = RulePayment.objects.counting().filter(rule__in=rules, member__in=members, earned_on__gte=since)
    for rule_id, member_id, on, points in (
        paid.values("rule", "member", "earned_on")
        .annotate(sum=Sum("points"))
        .values_list("rule", "member", "earned_on", "sum")
    ):
        books[rule_id, member_id].by_day[on] = points


def read_lifetimes(books: Books, rules: Sequence[EarningRule], members: Mapping[int, Member]) -> None:
    """With what another account of the same person has had."""
    if not rules:
        return
    persons = {pk: person_of(member) for pk, member in members.items()}
    paid = RulePayment.objects.counting().filter(rule__in=rules)
    # Of a long list PostgreSQL doesn't see that nothing in it is empty, and would pass over the index.
    of_persons = Q(person__in={person for person in persons.values() if person}) & ~Q(person="")
    mine = paid.filter(Q(member__in=members) | of_persons)
    for rule_id, member_id, person, points in (
        mine.values("rule", "member", "person")
        .annotate(sum=Sum("points"))
        .values_list("rule", "member", "person", "sum")
    ):
        for pk, own in persons.items():
            if pk == member_id or (own and own == person):
                books[rule_id, pk].lifetime += points
