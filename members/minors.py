"""Children: under 14 nothing without a guardian (PIPL art. 31; Provisions on Children's Online Information art. 9)."""

from datetime import date

from django.db.models import Q
from django.utils import timezone

from members.ages import age_on
from members.models import Consent, Customer, Level, Member
from members.queries import level_of

CHILD_UNTIL = 14
ADULT_FROM = 18


class GuardianNeeded(Exception):
    """A child under 14: an adult guardian has to agree first, here with their own account, or at the counter."""


class NotAGuardian(Exception):
    """Only an adult whom the insurer knows as this child's guardian, or staff at the counter, may agree for a child."""


def is_child(person: Customer | None, on: date | None = None) -> bool:
    """Under 14; nobody whose birth date isn't known."""
    return bool(person and person.birth_date and age_on(person.birth_date, on or timezone.localdate()) < CHILD_UNTIL)


def is_adult(person: Customer, on: date | None = None) -> bool:
    return bool(person.birth_date and age_on(person.birth_date, on or timezone.localdate()) >= ADULT_FROM)


def require_guardian(member: Member, customer: Customer | None = None) -> None:
    """For a child's account, or one about to be linked with `customer`, a child. Raises GuardianNeeded.

    The guardian who agreed must be the one whom the insurer knows; staff at the counter have seen the papers.
    """
    person = customer or member.customer
    if not person or not is_child(person):
        return
    agreed = Consent.objects.live().filter(member=member, kind=Consent.Kind.GUARDIAN)
    known = Q(by__isnull=False) | Q(guardian__isnull=False, guardian=person.guardian_id)
    if not agreed.filter(known).exists():
        raise GuardianNeeded


def guardian_of(child: Member, adult: Member) -> Customer:
    """`adult` as somebody who may agree for this account, whose child may not be known yet. Raises NotAGuardian."""
    guardian = adult.customer
    if not guardian or not is_adult(guardian) or level_of(adult) < Level.VERIFIED:
        raise NotAGuardian
    children = [child.customer] if child.customer else children_reached_by(child)
    if children and guardian.pk not in {each.guardian_id for each in children}:
        raise NotAGuardian
    return guardian


def children_reached_by(account: Member) -> list[Customer]:
    """Whose account this may turn out to be: those under 14 whom the insurer reaches by its number."""
    if not account.mobile:
        return []
    return [each for each in Customer.objects.filter(mobile_index=account.mobile_index) if is_child(each)]
