"""What was in the database before a rule: the migration that brings the rule takes it along."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from members.models import FaceReview, FaceSession, LostNumber
from tests.factories import CustomerFactory, MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(*, to=None):
    executor = MigrationExecutor(connection)
    executor.migrate([("members", to)] if to else executor.loader.graph.leaf_nodes())
    return executor.loader.project_state([("members", to)]).apps if to else None


@pytest.fixture
def before():
    """The models as they were before faces for requests were always decided."""
    yield lambda: migrate(to="0010_face_shown")
    migrate()


def test_reviews_that_could_confirm_nothing_any_more_fail(before):
    alice = MemberFactory(customer=CustomerFactory())
    old = before()

    def reviewed(number, request, reference):
        session = old.get_model("members", "FaceSession").objects.create(
            member_id=alice.pk,
            nonce_digest=bytes([number]),
            challenge=["turn_left"],
            entrance="web",
            request=request,
            step_due_at=timezone.now(),
            state="decided",
            decided_at=timezone.now(),
            outcome="review",
            reason="near_match",
            distance=0.4,
            thresholds_version="test",
        )
        old.get_model("members", "FaceReview").objects.create(
            session=session,
            evidence={"live": [], "reference": reference},
            destroy_on=timezone.localdate() + timedelta(days=7),
        )
        return session.pk

    bound, without, whole = reviewed(1, b"l" * 32, "photo"), reviewed(2, None, None), reviewed(3, None, "photo")
    migrate()
    assert FaceSession.objects.get(pk=bound).outcome == "fail"
    approved = dict(FaceReview.objects.values_list("session", "approved"))
    assert approved == {bound: False, without: False, whole: None}
    assert FaceReview.objects.get(session=whole).evidence["reference"] == "photo"
    assert [review.session_id for review in FaceReview.objects.all() if review.evidence] == [whole]


def test_a_number_that_was_taken_off_before_there_were_rows_for_it_can_be_given_back():
    ann, alice = MemberFactory(is_staff=True), MemberFactory(mobile="", customer=CustomerFactory())
    bob, closed = MemberFactory(customer=CustomerFactory()), MemberFactory(mobile="", is_active=False)
    old = migrate(to="0015_video_call")
    event = old.get_model("members", "AccountEvent").objects.create
    taken_off = {"kind": "phone_released", "entrance": "counter", "by_id": ann.pk}
    event(member_id=alice.pk, **taken_off)
    newest = event(member_id=alice.pk, **taken_off)
    event(member_id=bob.pk, **taken_off)  # has another number by now
    event(member_id=closed.pk, **taken_off)
    migrate()
    lost = LostNumber.objects.get()
    assert (lost.member, lost.taken_off_by, lost.evidence) == (alice, ann, f"EVENT-{newest.pk}")
    newest.refresh_from_db()
    assert lost.taken_off_at == newest.occurred_at
    migrate(to="0015_video_call")
    migrate()
    assert LostNumber.objects.count() == 1
