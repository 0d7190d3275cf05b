"""Reads that cross models."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from members.assurance import Context, require_assurance
from members.consents import NEEDED, current_version
from members.models import (
    AccountClosure,
    AccountEvent,
    Consent,
    FaceFrames,
    FaceReview,
    Level,
    LevelGrant,
    Member,
    Policy,
    PolicyRole,
    ReferencePhoto,
)

#: Whose policy it is; a beneficiary learns of it from the policyholder, if at all.
OWN_ROLES = (PolicyRole.Role.POLICYHOLDER, PolicyRole.Role.INSURED)
# Nearly every page and every booking asks it: Django takes as long to word it (LevelGrant.objects.live) as PostgreSQL
# to answer it.
HIGHEST = """
    SELECT max(level) FROM members_levelgrant
     WHERE member_id = %(member)s AND revoked_at IS NULL AND granted_at <= %(at)s
       AND (expires_at IS NULL OR expires_at > %(at)s)
"""


def level_of(member: Member, at: datetime | None = None) -> Level:
    """The highest level that is granted and live at that moment (default now); registered where none is."""
    with connection.cursor() as cursor:
        cursor.execute(HIGHEST, {"member": member.pk, "at": at or timezone.now()})
        return Level(cursor.fetchone()[0] or Level.REGISTERED)


def has_live_consent(member: Member, kind: Consent.Kind) -> bool:
    """Whether the member has agreed to this and not taken it back; to whichever version of the text."""
    return Consent.objects.live().filter(member=member, kind=kind).exists()


def consents_to_give(member: Member) -> list[Consent.Kind]:
    """What the account rests on and the member has not agreed to, or to words no longer in force; one query."""
    agreed = dict(Consent.objects.live().filter(member=member, kind__in=NEEDED).values_list("kind", "version"))
    return [kind for kind in NEEDED if agreed.get(kind, 0) < current_version(kind)]


def stored_faces() -> int:
    """People of whom a picture is kept at this moment: reference photos, open reviews, sessions on their way."""
    on_their_way = FaceFrames.objects.values("session").distinct().count()
    return ReferencePhoto.objects.count() + FaceReview.objects.open().count() + on_their_way


def is_closed(member: Member) -> bool:
    """Ended for good; a blocked account may yet come back."""
    return member.closures.filter(closed_at__isnull=False).exists()


def merged_into(member_id: int) -> int | None:
    """The account that this one was merged into, None where it was not."""
    merged = AccountClosure.objects.filter(member=member_id, merged_into__isnull=False)
    return merged.values_list("merged_into", flat=True).first()


def kept_account(member_id: int) -> int:
    """The account that this one is by now: itself, or the last one of those that it was merged into."""
    while (into := merged_into(member_id)) is not None:
        member_id = into
    return member_id


def merged_accounts(member_id: int) -> set[int]:
    """This account and all that were merged into it, or into one of those."""
    found, latest = {member_id}, {member_id}
    while latest := set(AccountClosure.objects.filter(merged_into__in=latest).values_list("member", flat=True)) - found:
        found |= latest
    return found


def live_grant(member: Member, level: Level) -> LevelGrant | None:
    """The newest live grant of this level, None where there is none."""
    return LevelGrant.objects.live().filter(member=member, level=level).order_by("-granted_at").first()


def account_history(member: Member) -> QuerySet[AccountEvent]:
    """What was done on the account, newest first, at whichever entrance."""
    return member.account_events.order_by("-pk")


@dataclass(frozen=True)
class OwnPolicy:
    """A policy with the parts that the member has in it, the policyholder's first."""

    policy: Policy
    roles: tuple[PolicyRole.Role, ...]

    @property
    def premium_goes_on(self) -> bool:
        return bool(self.policy.paid_to_on) and self.policy.status in (Policy.Status.IN_FORCE, Policy.Status.GRACE)


def own_policies(*, member: Member, context: Context) -> list[OwnPolicy]:
    """The policies that a member holds or is insured by: those that run first, then the newest. Raises
    AssuranceRefused (`policy.view`)."""
    require_assurance(member, "policy.view", context)
    mine = Q(roles__customer=member.customer_id, roles__role__in=OWN_ROLES)
    found = (
        Policy.objects.filter(mine)
        .annotate(own_roles=ArrayAgg("roles__role", filter=mine))
        .select_related("product")
        .defer("premium_account")
        .order_by(Case(When(status__in=Policy.LIVE, then=Value(0)), default=Value(1)), "-effective_on", "-pk")
    )
    return [OwnPolicy(policy, tuple(role for role in OWN_ROLES if role in policy.own_roles)) for policy in found]
