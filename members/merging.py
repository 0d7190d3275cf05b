"""Two accounts of one person: which of them stays."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from members.assurance.deciding import request_hash
from members.models import AccountClosure, Customer, Level, LevelGrant, Member


class AccountsCannotMerge(Exception):
    """These two can't become one account."""


class NoOtherAccount(AccountsCannotMerge):
    """The proven number has no account any more, or it is the member's own."""


class DifferentPeople(AccountsCannotMerge):
    """The insurer knows the two as two people."""


class StaffAccount(AccountsCannotMerge):
    """An account that opens the staff's pages is never given away."""


class AccountIsClosing(AccountsCannotMerge):
    """One of the two is about to be closed; its member first has to keep it."""


@dataclass(frozen=True)
class MergePlan:
    """`kept` goes on with its own number and levels; `closed` gives it all else and ends."""

    kept: Member
    closed: Member


def merge_plan(one: Member, other: Member) -> MergePlan:
    """The account with the older link to the insurer's record stays, else the older account.

    An account is told by what only it has: were the younger link kept, a thief's fresh one would win over the owner's.
    Raises AccountsCannotMerge.
    """
    if one.pk == other.pk:
        raise NoOtherAccount
    if any(member.is_staff or member.is_superuser for member in (one, other)):
        raise StaffAccount
    if AccountClosure.objects.pending().filter(member__in=(one, other)).exists():
        raise AccountIsClosing
    if one.customer and other.customer and not are_one_person(one.customer, other.customer):
        raise DifferentPeople
    first, second = sorted((one, other), key=seniority)
    return MergePlan(kept=first, closed=second)


def are_one_person(one: Customer, other: Customer) -> bool:
    """The insurer may know one person twice, by the same document."""
    return bool(one.id_no_index) and (one.id_type, one.id_no_index) == (other.id_type, other.id_no_index)


def seniority(member: Member) -> tuple[bool, datetime, int]:
    linked_at = LevelGrant.objects.filter(member=member, level=Level.VERIFIED).aggregate(at=Min("granted_at"))["at"]
    return not member.customer_id, (member.customer_id and linked_at) or member.created_at, member.pk


def merge_request(one: Member, other: Member) -> bytes:
    """What both accounts' proofs are bound to."""
    return request_hash({"action": "account.merge", "accounts": sorted((one.pk, other.pk))})
