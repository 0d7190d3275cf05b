"""The values of what conditions ask about a member and a policy: read for a batch of events, a query for each kind."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from members.calendar.finding import SHANGHAI
from members.models import Level, LevelGrant, Member, MembershipEvent, Policy, WeChatBinding
from points.earning.facts import EarningFact
from points.models import RulePayment

#: Days in a row that end with a day, for many members at once; the days are those of the unique index.
DAYS_IN_ROW = """
    SELECT asked.member_id, asked.day::text, (
        SELECT count(*) FROM (
            SELECT period::date AS day, row_number() OVER (ORDER BY period DESC) AS place
            FROM members_membershipevent
            WHERE member_id = asked.member_id AND code = %s AND period <= asked.day
        ) AS here WHERE here.day = asked.day::date - (here.place - 1)::int
    ) FROM unnest(%s::bigint[], %s::text[]) AS asked (member_id, day)
"""

#: Earning that lies further back is as if there were none.
LONGEST_AGO = timedelta(days=731)


@dataclass
class Values:
    """`of(fact)`: everything known of it by the names that conditions use, as it was when it occurred."""

    asked: set[str]
    grants: dict[int, list[LevelGrant]] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    linked: set[int] = field(default_factory=set)
    earned: dict[int, list[datetime]] = field(default_factory=dict)
    streaks: dict[tuple[int, str], int] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)

    @classmethod
    def read(cls, facts: Sequence[EarningFact], asked: Iterable[str]) -> "Values":
        """Only what the fields `asked` need."""
        found = cls(asked=set(asked))
        ids = {fact.member_id for fact in facts if fact.member_id}
        for name, read in READERS.items():
            if any(asked.startswith(name) for asked in found.asked):
                read(found, facts, ids)
        return found

    def of(self, fact: EarningFact) -> dict[str, Any]:
        values = fact.values
        if fact.member_id and "event.days_in_row" in self.asked:
            values["event.days_in_row"] = self.streaks.get((fact.member_id, day_of(fact)))
        if fact.member_id in self.members:
            values |= self.of_member(self.members[fact.member_id], fact.occurred_at)
        if fact.policy_no in self.policies:
            values |= of_policy(self.policies[fact.policy_no], fact.occurred_at)
        return values

    def of_member(self, member: Member, at: datetime) -> dict[str, Any]:
        held = [grant.level for grant in self.grants.get(member.pk, ()) if was_live(grant, at)]
        before = [each for each in self.earned.get(member.pk, ()) if each <= at]
        return {
            "member.level": Level(max(held, default=Level.REGISTERED)),
            "member.days_registered": max((at - member.created_at).days, 0),
            "member.days_since_earning": (at - max(before)).days if before else None,
            "member.is_customer": member.customer_id is not None,
            "member.wechat_linked": member.pk in self.linked,
        }


def was_live(grant: LevelGrant, at: datetime) -> bool:
    ended = [moment for moment in (grant.expires_at, grant.revoked_at) if moment]
    return grant.granted_at <= at and all(at < moment for moment in ended)


def of_policy(policy: Policy, at: datetime) -> dict[str, Any]:
    ends = policy.cooling_off_ends_on
    return {
        "policy.status": policy.status,
        "policy.product": policy.product.product_code,
        "policy.cooling_off_ends_on": ends,
        "policy.in_cooling_off": bool(ends and at.astimezone(SHANGHAI).date() <= ends and policy.status in Policy.LIVE),
    }


def day_of(fact: EarningFact) -> str:
    return str(fact.occurred_at.astimezone(SHANGHAI).date())


def read_members(values: Values, facts: Sequence[EarningFact], ids: set[int]) -> None:
    values.members = Member.objects.only("created_at", "customer_id").in_bulk(ids)


def read_levels(values: Values, facts: Sequence[EarningFact], ids: set[int]) -> None:
    grants = LevelGrant.objects.filter(member_id__in=ids)
    for grant in grants.only("member_id", "granted_at", "expires_at", "revoked_at", "level"):
        values.grants.setdefault(grant.member_id, []).append(grant)


def read_links(values: Values, facts: Sequence[EarningFact], ids: set[int]) -> None:
    values.linked = set(WeChatBinding.objects.filter(member_id__in=ids).values_list("member_id", flat=True))


def read_earnings(values: Values, facts: Sequence[EarningFact], ids: set[int]) -> None:
    moments = [fact.occurred_at for fact in facts]
    paid = RulePayment.objects.counting().filter(
        member_id__in=ids, occurred_at__range=(min(moments) - LONGEST_AGO, max(moments))
    )
    for member_id, occurred_at in paid.values_list("member_id", "occurred_at"):
        values.earned.setdefault(member_id, []).append(occurred_at)


def read_streaks(values: Values, facts: Sequence[EarningFact], ids: set[int]) -> None:
    asked = {(fact.member_id, day_of(fact)) for fact in facts if fact.member_id}
    with connection.cursor() as cursor:
        members, days = [member for member, _ in asked], [day for _, day in asked]
        cursor.execute(DAYS_IN_ROW, [MembershipEvent.Code.SIGNED_IN_DAILY, members, days])
        values.streaks = {(member_id, day): count for member_id, day, count in cursor.fetchall()}


def read_policies(values: Values, facts: Sequence[EarningFact], ids: set[int]) -> None:
    numbers = {fact.policy_no for fact in facts if fact.policy_no}
    found = Policy.objects.filter(policy_no__in=numbers).select_related("product")
    values.policies = {
        policy.policy_no: policy
        for policy in found.only("policy_no", "status", "cooling_off_ends_on", "product__product_code")
    }


Read = Callable[[Values, Sequence[EarningFact], set[int]], None]
#: By the beginning of the names that need it.
READERS: dict[str, Read] = {
    "member.": read_members,
    "member.level": read_levels,
    "member.wechat_linked": read_links,
    "member.days_since_earning": read_earnings,
    "event.days_in_row": read_streaks,
    "policy.": read_policies,
}
