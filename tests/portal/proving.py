"""What a test's browser has proved, in its own session."""

from members.actions.record_proof import record_proof
from members.entrances import Entrance
from members.models import Factor
from members.sessions import session_of


def has_proved(client, member, factor=Factor.CODE, request=b""):
    """`client` is signed in as `member`, who has proved this a moment ago."""
    record_proof(
        member=member,
        factor=factor,
        session=session_of(client.session.session_key),
        entrance=Entrance.WEB,
        request=request,
    )
