"""What members does about its own facts."""

from django.db import transaction
from django.dispatch import receiver

from members.actions.honour_face import honour_face
from members.actions.purge_face_evidence import destroy_face_data, give_up_open_faces
from members.consumers import consumer_names
from members.events import (
    DataRequested,
    FaceFramesArrived,
    FacePurgeAsked,
    FaceSessionPassed,
    LevelChanged,
    PolicyEventsPublished,
    data_requested,
    face_frames_arrived,
    face_purge_asked,
    face_session_passed,
    level_changed,
    policy_events_published,
)
from members.models import Level, Member
from members.queries import level_of
from members.tasks import nudge, nudge_face_worker, run_data_request


@receiver(policy_events_published)
def nudge_readers(fact: PolicyEventsPublished, **_: object) -> None:
    places = [(name, shard) for name in consumer_names() for shard in fact.shards]
    transaction.on_commit(lambda: nudge(places))


@receiver(data_requested)
def begin_data_request(fact: DataRequested, **_: object) -> None:
    # The broker may be down: `tend_data_requests` finds it.
    transaction.on_commit(lambda: run_data_request.delay(fact.request_id), robust=True)


@receiver(face_frames_arrived)
def look_at_faces(fact: FaceFramesArrived, **_: object) -> None:
    transaction.on_commit(lambda: nudge_face_worker(fact.session_id, complete=fact.complete))


@receiver(face_purge_asked)
def destroy_faces(fact: FacePurgeAsked, **_: object) -> None:
    destroy_face_data(member=Member.objects.get(pk=fact.member_id))


@receiver(level_changed)
def give_up_faces_of_whoever_is_not_verified(fact: LevelChanged, **_: object) -> None:
    """They were compared with whom the account was linked to, and may not raise it once it is linked anew."""
    member = Member.objects.get(pk=fact.member_id)
    if level_of(member) < Level.VERIFIED:
        give_up_open_faces(member=member)


@receiver(face_session_passed)
def raise_level(fact: FaceSessionPassed, **_: object) -> None:
    honour_face(session_id=fact.session_id, by_review=fact.by_review)
