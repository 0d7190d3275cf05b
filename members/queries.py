"""Reads that cross models."""

from datetime import datetime

from django.db.models import Max

from members.consents import NEEDED, current_version
from members.models import Consent, FaceFrames, FaceReview, Level, LevelGrant, Member, ReferencePhoto


def level_of(member: Member, at: datetime | None = None) -> Level:
    """The highest level that is granted and live at that moment (default now); registered where none is."""
    found = LevelGrant.objects.live(at).filter(member=member).aggregate(found=Max("level"))["found"]
    return Level(found or Level.REGISTERED)


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


def live_grant(member: Member, level: Level) -> LevelGrant | None:
    """The newest live grant of this level, None where there is none."""
    return LevelGrant.objects.live().filter(member=member, level=level).order_by("-granted_at").first()
