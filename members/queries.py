"""Reads that cross models."""

from datetime import datetime

from django.db.models import Max

from members.models import Level, LevelGrant, Member


def level_of(member: Member, at: datetime | None = None) -> Level:
    """The highest level that is granted and live at that moment (default now); registered where none is."""
    found = LevelGrant.objects.live(at).filter(member=member).aggregate(found=Max("level"))["found"]
    return Level(found or Level.REGISTERED)
