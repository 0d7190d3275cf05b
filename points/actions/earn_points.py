"""Paying what rules give for what happened, and taking back what rested on something that was undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from members.models import Member
from members.queries import kept_account
from points.actions.lock_people import lock_points
from points.actions.post_batch import post_batch
from points.earning.conditions import fields_asked
from points.earning.deciding import Award, Case, Why, decide, in_time, match_key_of, takes_back
from points.earning.facts import EarningFact
from points.earning.looking_up import Values
from points.earning.paid_so_far import Books, person_of, read_paid
from points.models import EarningCampaign, EarningRule, ReversalMark, RulePayment
from points.refusals import AlreadyReversed, LedgerRefusal, NothingToBook
from points.requests import Accrual, Reversal

#: Of everything that is booked here.
SCOPE = "earning"
#: The locks of match keys, under a number that nobody else uses, and how many there are.
MATCHING, KEY_LOCKS = 771_203_002, 1024
State = RulePayment.State


@dataclass(frozen=True)
class Outcome:
    """What a rule made of what happened: an award, or why there is none; None where it took back `taken_back`."""

    rule: str
    fact: EarningFact
    decision: Award | Why | None
    taken_back: tuple[int, ...] = ()


class OthersConcerned(Exception):
    """More people than were locked: `members`, and for accounts that were merged meanwhile, `moved` says into which.

    Locked afterwards they would be locked in another order than elsewhere; so what was locked is let go, and the batch
    begins anew with them.
    """

    def __init__(self, members: Iterable[int], moved: Mapping[int, int] = MappingProxyType({})) -> None:
        super().__init__()
        self.members, self.moved = set(members), moved


def earn_points(*, facts: Sequence[EarningFact]) -> list[Outcome]:
    """Pays each rule's points for these events, once for each member, rule and cause, however often it is called, and
    in whichever order they are told: what was undone before it is told of earns nothing. What happened to an account
    that was merged into another is paid there.

    Writes nothing, and asks for nothing but the rules, where none listens. Raises LedgerRefusal when the ledger refuses
    what was decided; then nothing of the batch is written.
    """
    others: set[int] = set()
    while True:
        try:
            return pay(facts, others)
        except OthersConcerned as found:
            others |= found.members
            facts = [replace(fact, member_id=found.moved.get(fact.member_id or 0, fact.member_id)) for fact in facts]


@transaction.atomic
def pay(facts: Sequence[EarningFact], others: Set[int]) -> list[Outcome]:
    """Raises OthersConcerned before it has written anything."""
    rules = list(EarningRule.objects.listening_to({fact.trigger for fact in facts}))
    if not rules:
        return []
    now = timezone.now()
    heard = {rule.trigger for rule in rules if rule.live} | {rule.reversal_trigger for rule in rules}
    # A clock that is ahead must not lift anybody over a cap.
    listened = [replace(fact, occurred_at=min(fact.occurred_at, now)) for fact in facts if fact.trigger in heard]
    return Payday.of(rules, listened, others).pay()


class Payday:
    """One batch: what has to be known to decide, locked and read once, and what was decided."""

    def __init__(self, rules: Sequence[EarningRule], facts: Sequence[EarningFact], values: Values) -> None:
        self.rules, self.facts, self.values = rules, facts, values
        self.now = timezone.now()
        self.members: dict[int, Member] = {}
        self.paid: Books = {}
        self.budgets: dict[int, EarningRule] = {}
        self.campaigns: list[EarningCampaign] = []
        self.pending: list[tuple[RulePayment, EarningRule]] = []
        #: By rule and match key: what has undone it, as it was told before or in this batch.
        self.marks: dict[tuple[int, str], list[ReversalMark]] = defaultdict(list)
        self.new_marks: list[ReversalMark] = []
        self.keys_undone = {
            key
            for fact in facts
            for rule in rules
            if rule.reversal_trigger == fact.trigger and (key := takes_back(rule, fact, values.of(fact)))
        }

    @classmethod
    def of(cls, rules: Sequence[EarningRule], facts: Sequence[EarningFact], others: Set[int]) -> "Payday":
        asked = {name for rule in rules for name in fields_asked([*rule.conditions, *rule.reversal_conditions])} | {
            rule.available_after for rule in rules
        }
        day = cls(rules, facts, Values.read(facts, asked))
        meant = {fact.member_id for fact in facts if fact.member_id}
        day.members = locked_members(meant | day.members_of_reversals() | others)
        day.require_all_accounts()
        paying = [rule for rule in rules if rule.live]
        day.lock_matches(paying)
        concerned = {fact.member_id: day.members[fact.member_id] for fact in facts if fact.member_id in day.members}
        day.paid = read_paid(paying, concerned, facts)
        day.budgets = locked_budgets([rule for rule in rules if rule.budget is not None])
        day.campaigns = locked_campaigns(paying, facts)
        if day.keys_undone:
            # Reversals and payments are booked in turn: one by one they would lock in the order of the events.
            lock_points(day.members)
        return day

    def pay(self) -> list[Outcome]:
        outcomes = []
        for fact in self.facts:
            values = self.values.of(fact)
            for rule in self.rules:
                if rule.live and rule.trigger == fact.trigger:
                    outcomes.append(Outcome(rule.code, fact, self.decide(rule, fact, values)))
                if key := takes_back(rule, fact, values):
                    self.settle()
                    self.mark(rule, fact, key)
                    gone = self.take_back(rule, fact, key)
                    outcomes += [Outcome(rule.code, fact, None, gone)] if gone else []
        self.settle()
        ReversalMark.objects.bulk_create(self.new_marks, ignore_conflicts=True)
        return outcomes

    def decide(self, rule: EarningRule, fact: EarningFact, values: dict[str, object]) -> Award | Why:
        member = self.members.get(fact.member_id) if fact.member_id else None
        if member is None or not member.is_active or member.is_staff:
            return Why.NO_ACCOUNT
        budget = self.budgets.get(rule.pk)
        left = budget.budget - budget.spent if budget and budget.budget is not None else None
        case = Case(rule, fact, values, since=rule.live_since, budget_left=left, at=self.now)
        paid = self.paid[rule.pk, member.pk]
        award = decide(case, paid, [(each, budget_left(each)) for each in self.campaigns])
        if isinstance(award, Award) and self.was_undone(rule, fact, award):
            paid.causes.add(award.cause)
            paid.facts.add(award.fact)
            undone = payment_of(rule, fact, replace(award, bonus=0, campaign=None), member)
            undone.state = State.REFUSED
            self.pending.append((undone, rule))
            return Why.UNDONE
        if isinstance(award, Award):
            paid.add(award)
            if budget:
                budget.spent += award.points
            if award.campaign and award.campaign.budget is not None:
                award.campaign.spent += award.bonus
            self.pending.append((payment_of(rule, fact, award, member), rule))
        return award

    def settle(self) -> None:
        """Books what was decided so far."""
        due, self.pending = self.pending, []
        if not due:
            return
        pay_now = [payment for payment, _ in due if payment.state == State.PAID]
        book_payments(pay_now, at=self.now)
        RulePayment.objects.bulk_create([payment for payment, _ in due])
        EarningRule.objects.bulk_update(self.budgets.values(), ["spent"])
        EarningCampaign.objects.bulk_update(
            [campaign for campaign in self.campaigns if campaign.budget is not None], ["spent"]
        )

    def members_of_reversals(self) -> set[int]:
        """Whose payments these events may take back; asked before they are locked."""
        if not self.keys_undone:
            return set()
        return set(RulePayment.objects.counting().matching(self.keys_undone).values_list("member", flat=True))

    def require_all_accounts(self) -> None:
        """Of those that were merged into others, those others. Raises OthersConcerned."""
        ended = (member.pk for member in self.members.values() if not member.is_active)
        moved = {pk: kept for pk in ended if (kept := kept_account(pk)) != pk}
        if not self.members.keys() >= set(moved.values()) or any(fact.member_id in moved for fact in self.facts):
            raise OthersConcerned(moved.values(), moved)

    def lock_matches(self, paying: Sequence[EarningRule]) -> None:
        """Who pays for something waits here for whoever takes it back, who need not know the member, and the other way
        round; then each reads what the other has written. Raises OthersConcerned."""
        paid = {
            key
            for fact in self.facts
            for rule in paying
            if rule.trigger == fact.trigger and (key := match_key_of(rule, fact))
        }
        lock_keys(paid | self.keys_undone)
        # What was paid to others meanwhile.
        if others := self.members_of_reversals() - set(self.members):
            raise OthersConcerned(others)
        if paid:
            for mark in ReversalMark.objects.filter(match_key__in=paid, rule__in=paying):
                self.marks[mark.rule_id, mark.match_key].append(mark)

    def mark(self, rule: EarningRule, fact: EarningFact, key: str) -> None:
        """For what is told of later, though it happened before."""
        mark = ReversalMark(rule=rule, match_key=key, fact=fact.cause, occurred_at=fact.occurred_at)
        self.marks[rule.pk, key].append(mark)
        self.new_marks.append(mark)

    def was_undone(self, rule: EarningRule, fact: EarningFact, award: Award) -> bool:
        return any(
            mark.fact != fact.cause and in_time(rule, paid_for=fact.occurred_at, taken_back_for=mark.occurred_at)
            for mark in self.marks.get((rule.pk, award.match_key), ())
        )

    def take_back(self, rule: EarningRule, fact: EarningFact, key: str) -> tuple[int, ...]:
        found = RulePayment.objects.counting().matching([key]).filter(rule=rule, member__in=self.members)
        gone = []
        for payment in found.exclude(fact=fact.cause).select_related("rule").order_by("pk"):
            if not in_time(rule, paid_for=payment.occurred_at, taken_back_for=fact.occurred_at):
                continue
            undo_payment(payment, because=fact.cause)
            gone.append(payment.pk)
            if book := self.paid.get((rule.pk, payment.member_id)):
                book.take_back(points=payment.points, earned_on=payment.earned_on, once_key=payment.once_key)
            self.give_back(payment)
        return tuple(gone)

    def give_back(self, payment: RulePayment) -> None:
        """To the budgets that later payments of this batch are decided by."""
        if budget := self.budgets.get(payment.rule_id):
            budget.spent = max(budget.spent - payment.points, 0)
        for campaign in self.campaigns:
            if campaign.pk == payment.campaign_id:
                campaign.spent = max(campaign.spent - payment.bonus, 0)


def lock_keys(keys: Iterable[str]) -> None:
    """Until the transaction ends, in one order. `keys`: digests in hexadecimal.

    Many keys share a lock, for PostgreSQL has room for some thousands in all, and two that share one only wait.
    """
    numbers = sorted({int(key[:8], 16) % KEY_LOCKS for key in keys})
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, number) FROM unnest(%s::int[]) AS number", [MATCHING, numbers]
            )


def locked_members(ids: Iterable[int]) -> dict[int, Member]:
    """Two who pay one member wait for each other here, in one order; then each reads what the other has paid.

    The weaker lock: rows that merely refer to a member, such as messages, wait for nobody.
    """
    rows = Member.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=set(ids)).order_by("pk")
    fields = ("is_active", "is_staff", "mobile_index", "customer__customer_no")
    return {member.pk: member for member in rows.select_related("customer").only(*fields)}


def locked_budgets(rules: Sequence[EarningRule]) -> dict[int, EarningRule]:
    """As they stand once nobody else spends of them."""
    if not rules:
        return {}
    rows = EarningRule.objects.select_for_update(no_key=True).filter(pk__in=[rule.pk for rule in rules]).order_by("pk")
    return {rule.pk: rule for rule in rows}


def locked_campaigns(rules: Sequence[EarningRule], facts: Sequence[EarningFact]) -> list[EarningCampaign]:
    """Those that may concern these events; locked where any has a budget."""
    if not rules or not facts:
        return []
    moments = [fact.occurred_at for fact in facts]
    rows = EarningCampaign.objects.filter(
        state=EarningCampaign.State.APPROVED,
        rules__overlap=[rule.code for rule in rules],
        starts_at__lte=max(moments),
        ends_at__gt=min(moments),
    ).order_by("pk")
    campaigns = list(rows)
    if any(campaign.budget is not None for campaign in campaigns):
        return list(rows.select_for_update(no_key=True))
    return campaigns


def budget_left(campaign: EarningCampaign) -> int | None:
    return None if campaign.budget is None else campaign.budget - campaign.spent


def payment_of(rule: EarningRule, fact: EarningFact, award: Award, member: Member) -> RulePayment:
    large = rule.approval_above is not None and award.total > rule.approval_above
    return RulePayment(
        member=member,
        rule=rule,
        rule_version=rule.version,
        cause=award.cause,
        fact=award.fact,
        service=fact.service,
        points=award.points,
        bonus=award.bonus,
        campaign=award.campaign,
        occurred_at=fact.occurred_at,
        earned_on=award.earned_on,
        available_at=award.available_at,
        once_key=award.once_key,
        match_key=award.match_key,
        person=person_of(member),
        state=State.WAITING if large else State.PAID,
        recorded_at=timezone.now(),
    )


def book_payments(payments: Sequence[RulePayment], *, at: datetime | None = None) -> None:
    """Books them, as of the moment at which it was decided, and ties each to its posting. Raises LedgerRefusal."""
    requests = [
        Accrual(
            member_id=payment.member_id,
            points=payment.total,
            scope=SCOPE,
            key=f"{payment.rule.code}:{payment.member_id}:{payment.cause}",
            reason=payment.rule.code,
            cause=payment.fact,
            occurred_at=payment.occurred_at,
            available_at=payment.available_at,
        )
        for payment in payments
    ]
    for payment, outcome in zip(payments, post_batch(requests, at=at), strict=True):
        if isinstance(outcome, LedgerRefusal):
            raise outcome
        payment.posting_id = outcome.posting_id


def undo_payment(payment: RulePayment, *, because: str, by: Member | None = None) -> None:
    """Takes it back: out of the ledger, out of the caps, out of the budgets. The member is locked.

    What the member has spent of it meanwhile becomes a debt. Raises LedgerRefusal.
    """
    if payment.state == State.WAITING:
        payment.state, payment.decided_at = State.REFUSED, None
        payment.save(update_fields=["state"])
    else:
        reverse_posting(payment, because, by)
        payment.state, payment.taken_back_at, payment.taken_back_for = State.TAKEN_BACK, timezone.now(), because
        payment.taken_back_by = by
        payment.save(update_fields=["state", "taken_back_at", "taken_back_for", "taken_back_by"])
    give_back_to_budgets(payment)


def give_back_to_budgets(payment: RulePayment) -> None:
    """What is not paid after all may be paid to others."""
    spent_less = {"spent": Greatest(F("spent") - payment.points, 0)}
    EarningRule.objects.filter(pk=payment.rule_id, budget__isnull=False).update(**spent_less)
    if payment.campaign_id:
        of_campaign = EarningCampaign.objects.filter(pk=payment.campaign_id, budget__isnull=False)
        of_campaign.update(spent=Greatest(F("spent") - payment.bonus, 0))


def reverse_posting(payment: RulePayment, because: str, by: Member | None) -> None:
    assert payment.posting_id is not None  # rule_payment_has_its_posting
    request = Reversal(
        # A payment that stayed behind when accounts were merged: its points went along.
        member_id=kept_account(payment.member_id),
        posting_id=payment.posting_id,
        scope=SCOPE,
        key=f"taken back:{payment.pk}",
        reason=payment.rule.code,
        cause=because,
        posted_by_id=by.pk if by else None,
    )
    (outcome,) = post_batch([request])
    # All of it has expired, or staff have adjusted it away: there is nothing more to take.
    if isinstance(outcome, LedgerRefusal) and not isinstance(outcome, NothingToBook | AlreadyReversed):
        raise outcome
