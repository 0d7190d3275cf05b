"""The advanced level by two people's hands, for those whom no camera checks."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from members.actions.decide_policy_change import SamePerson
from members.actions.grant_level import grant_level
from members.actions.lock_accounts import lock_accounts
from members.actions.serve_member import must_serve, record_number
from members.entrances import Entrance
from members.models import Level, LevelGrant, LevelReview, Member
from members.queries import level_of, live_grant

PERMISSION = "review_member"


class NotVerified(Exception):
    """Only the identity of somebody who is verified, and not blocked, is confirmed further."""


class ReviewOpen(Exception):
    """A review of this member waits for its decision."""


class VerifiedAnew(Exception):
    """Whoever proposed had seen the evidence of another verification: it may have been of another person."""


class NoOpenReview(Exception):
    """There is none, or somebody has decided it."""


def propose_advanced_level(
    *, member: Member, reason: LevelReview.Reason, evidence: str, entrance: Entrance, by: Member
) -> LevelReview:
    """An open review.

    Raises PermissionDenied, OwnAccount, AccountOfStaff, NotARecordNumber, NotVerified, ReviewOpen.
    """
    must_serve(by, PERMISSION, member)
    record = record_number(evidence)
    if not member.is_active or level_of(member) < Level.VERIFIED:
        raise NotVerified
    try:
        with transaction.atomic():
            return LevelReview.objects.create(
                member=member, reason=reason, evidence=record, entrance=entrance, proposed_by=by
            )
    except IntegrityError as error:
        if "level_review_one_open" in str(error):
            raise ReviewOpen from error
        raise


@transaction.atomic
def decide_advanced_level(*, member: Member, grant: bool, by: Member) -> LevelReview:
    """Grants the level with both names, or refuses it.

    Raises PermissionDenied, OwnAccount, AccountOfStaff, NoOpenReview, SamePerson, NotVerified, VerifiedAnew.
    """
    must_serve(by, PERMISSION, member)
    locked = lock_accounts(member.pk)[member.pk]
    review = LevelReview.objects.filter(member=locked, decision="").first()
    if review is None:
        raise NoOpenReview
    if review.proposed_by_id == by.pk:
        raise SamePerson
    if grant:
        if not locked.is_active or level_of(locked) < Level.VERIFIED:
            raise NotVerified
        verified = live_grant(locked, Level.VERIFIED)
        if verified and verified.granted_at > review.proposed_at:
            raise VerifiedAnew
        grant_level(
            member=locked,
            level=Level.ADVANCED,
            method=LevelGrant.Method.IN_PERSON,
            evidence=review.evidence,
            entrance=Entrance(review.entrance),
            granted_by=review.proposed_by,
            seconded_by=by,
        )
    review.decision = LevelReview.Decision.GRANTED if grant else LevelReview.Decision.REFUSED
    review.decided_by, review.decided_at = by, timezone.now()
    review.save(update_fields=["decision", "decided_by", "decided_at"])
    return review
