"""Giving consent, and taking it back."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from members.actions.grant_level import revoke_levels
from members.actions.lock_accounts import lock_accounts
from members.actions.record_account_event import record_account_event
from members.assurance import Context, require_assurance
from members.consents import NEEDED, current_version, text_of
from members.entrances import Entrance
from members.events import (
    ConsentGiven,
    ConsentWithdrawn,
    FacePurgeAsked,
    consent_given,
    consent_withdrawn,
    face_purge_asked,
)
from members.minors import require_guardian
from members.models import AccountEvent, Consent, Customer, Level, LevelGrant, Member

Kind, Ending = Consent.Kind, Consent.Ending


class TextOutdated(Exception):
    """Somebody agreed to words that are no longer in force: they have to be shown the current ones."""


class NeededForAccount(Exception):
    """Without this consent there is no account: whoever takes it back closes the account."""


def give_consent(
    *, member: Member, kind: Consent.Kind, version: int, language: str, entrance: Entrance, by: Member | None = None
) -> Consent:
    """Records that the member agreed to this version; an older one of the kind ends. A second time: the same row.

    `by`: staff who took the consent at a counter or on the phone. Raises NoSuchText, TextOutdated; GuardianNeeded for
    a child's face. The guardian's own consent has an action of its own.
    """
    if kind == Kind.GUARDIAN:
        raise ValueError("a child doesn't consent for itself")
    return record_consent(member, kind, version, language, entrance, by=by)


@transaction.atomic
def record_consent(
    member: Member,
    kind: Consent.Kind,
    version: int,
    language: str,
    entrance: Entrance,
    *,
    by: Member | None = None,
    guardian: Customer | None = None,
) -> Consent:
    """What every consent is recorded by. It takes the place of the one before, which stays where it says the same.

    That of another guardian says something else; staff have seen the papers, so what they took stays for these words
    as long as nobody knows whose child it is. Raises NoSuchText, TextOutdated; GuardianNeeded for a child's face.
    """
    text = text_of(kind, version, language)
    if version != current_version(kind):
        raise TextOutdated
    locked = lock_accounts(member.pk)[member.pk]
    if kind == Kind.FACE:
        require_guardian(locked)
    before = locked.consents.live().filter(kind=kind).first()
    if before and before.version == version:
        papers_seen = before.by_id and not by and not locked.customer_id
        if before.guardian == guardian or papers_seen:
            return before
    if before:
        end_consents(locked, [kind], Ending.SUPERSEDED, entrance)
    consent = Consent.objects.create(
        member=locked,
        kind=kind,
        version=version,
        language=language,
        text_hash=text.digest,
        given_at=timezone.now(),
        entrance=entrance,
        by=by,
        guardian=guardian,
    )
    record_account_event(
        member=locked,
        kind=AccountEvent.Kind.CONSENT_GIVEN,
        entrance=entrance,
        by=by,
        consent=kind,
        version=version,
    )
    consent_given.send(ConsentGiven, fact=ConsentGiven(member_id=locked.pk, kind=kind))
    return consent


@transaction.atomic
def withdraw_consent(*, member: Member, kind: Consent.Kind, context: Context) -> bool:
    """Takes a consent back, as easily as it was given; False where there is none. What rested on it ends at once.

    Face data, or a guardian's consent: the advanced level falls, and face data is to be destroyed. Raises
    AssuranceRefused, NeededForAccount.
    """
    if kind in NEEDED:
        raise NeededForAccount
    require_assurance(member, "consent.withdraw", context)
    return end_consent(member, kind, context.entrance)


@transaction.atomic
def end_consent(member: Member, kind: Consent.Kind, entrance: Entrance, *, by: Member | None = None) -> bool:
    """What every withdrawal is recorded by, of staff `by` them; whoever calls has asked whether it may be."""
    locked = lock_accounts(member.pk)[member.pk]
    if not end_consents(locked, [kind], Ending.WITHDRAWN, entrance):
        return False
    record_account_event(
        member=locked, kind=AccountEvent.Kind.CONSENT_WITHDRAWN, entrance=entrance, by=by, consent=kind
    )
    consent_withdrawn.send(ConsentWithdrawn, fact=ConsentWithdrawn(member_id=locked.pk, kind=kind))
    if kind in (Kind.FACE, Kind.GUARDIAN):
        # A child's own consent is worth nothing without the guardian's.
        end_consents(locked, [Kind.FACE], Ending.WITHDRAWN, entrance)
        give_up_face(locked, entrance)
    return True


def give_up_face(member: Member, entrance: Entrance) -> None:
    revoke_levels(
        member=member,
        because=LevelGrant.Revocation.CONSENT_WITHDRAWN,
        entrance=entrance,
        levels=[Level.ADVANCED],
    )
    face_purge_asked.send(FacePurgeAsked, fact=FacePurgeAsked(member_id=member.pk))


def end_consents(member: Member, kinds: list[Consent.Kind] | None, ending: Consent.Ending, entrance: Entrance) -> int:
    """Ends live consents of these kinds, or all; returns how many."""
    live = member.consents.live()
    if kinds is not None:
        live = live.filter(kind__in=kinds)
    return live.update(ended_at=timezone.now(), ending=ending, ended_entrance=entrance)


def move_consents(*, closed: Member, kept: Member, entrance: Entrance) -> None:
    """What was agreed to in the account that ends goes on in the one that stays, with its proof and date.

    Unless the person has decided on the same matter there: what they took back stays so. A guardian's goes on unless
    one is in force there, or was taken back after it was given, as it is nothing that a child decides. Consent to face
    data ends with the face data that it was given for.
    """
    decided = set(kept.consents.exclude(kind=Kind.GUARDIAN).values_list("kind", flat=True))
    decided |= set(kept.consents.live().values_list("kind", flat=True))
    taken_back = kept.consents.filter(kind=Kind.GUARDIAN, ending=Ending.WITHDRAWN)
    taken_back_at = taken_back.aggregate(at=Max("ended_at"))["at"]
    moving = [
        old
        for old in closed.consents.live().exclude(kind__in=decided | {Kind.FACE})
        if old.kind != Kind.GUARDIAN or taken_back_at is None or old.given_at > taken_back_at
    ]
    end_consents(closed, None, Ending.MERGED, entrance)
    Consent.objects.bulk_create(
        Consent(
            member=kept,
            kind=old.kind,
            version=old.version,
            language=old.language,
            text_hash=old.text_hash,
            given_at=old.given_at,
            entrance=old.entrance,
            by_id=old.by_id,
            guardian_id=old.guardian_id,
        )
        for old in moving
    )
