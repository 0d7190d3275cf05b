"""Members at their levels, and what they have proved: for tests of what an account may and what becomes of it."""

from datetime import timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from members.actions.grant_level import grant_level
from members.assurance import Context
from members.entrances import Entrance
from members.models import Factor, Level, LevelGrant, Proof, ProvenNumber
from tests.factories import MemberFactory

SESSION, OTHER_SESSION = "a" * 64, "b" * 64
AT_WEB = Context(entrance=Entrance.WEB, session=SESSION)


def staff(role, name="王小明"):
    member = MemberFactory(is_staff=True, name=name)
    member.groups.add(Group.objects.get(name=role))
    return member


def verified(member):
    grant_level(
        member=member,
        level=Level.VERIFIED,
        method=LevelGrant.Method.IDENTITY_MATCH,
        evidence="test",
        entrance=Entrance.WEB,
    )
    return member


def advanced(member):
    verified(member)
    grant_level(
        member=member, level=Level.ADVANCED, method=LevelGrant.Method.FACE, evidence="test", entrance=Entrance.WEB
    )
    return member


def proved(member, factor=Factor.CODE, *, session=SESSION, request=b"", ago=timedelta()):
    """A factor that the member has proved in this session."""
    return Proof.objects.create(
        member=member,
        factor=factor,
        session=session,
        entrance=Entrance.WEB,
        request=request or None,
        proved_at=timezone.now() - ago,
    )


def number_proved(member, mobile, *, session=SESSION, ago=timedelta()):
    """The id of a number that the member has proved by its code."""
    return ProvenNumber.objects.create(
        member=member, mobile=mobile, session=session, entrance=Entrance.WEB, proved_at=timezone.now() - ago
    ).pk
