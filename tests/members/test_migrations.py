"""What was in the database before a rule: the migration that brings the rule takes it along."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from members.models import AccountEvent, FaceReview, FaceSession, LostNumber
from tests.factories import CustomerFactory, MemberFactory

pytestmark = pytest.mark.django_db


def take_along(migration: str, function: str) -> None:
    getattr(import_module(f"members.migrations.{migration}"), function)(apps, None)


def test_reviews_that_could_confirm_nothing_any_more_fail():
    alice = MemberFactory(customer=CustomerFactory())
    (rule,) = (each for each in FaceSession._meta.constraints if each.name == "face_session_bound_is_decided")
    with connection.schema_editor(atomic=False) as editor:
        editor.remove_constraint(FaceSession, rule)

    def reviewed(number, request, reference):
        session = FaceSession.objects.create(
            member=alice,
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
        FaceReview.objects.create(
            session=session,
            evidence={"live": [], "reference": reference},
            destroy_on=timezone.localdate() + timedelta(days=7),
        )
        return session.pk

    bound, without, whole = reviewed(1, b"l" * 32, "photo"), reviewed(2, None, None), reviewed(3, None, "photo")
    take_along("0011_faces_for_requests_are_decided", "decide_bound_reviews")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor(atomic=False) as editor:
        editor.add_constraint(FaceSession, rule)
    assert FaceSession.objects.get(pk=bound).outcome == "fail"
    approved = dict(FaceReview.objects.values_list("session", "approved"))
    assert approved == {bound: False, without: False, whole: None}
    assert FaceReview.objects.get(session=whole).evidence["reference"] == "photo"
    assert [review.session_id for review in FaceReview.objects.all() if review.evidence] == [whole]


def test_a_number_that_was_taken_off_before_there_were_rows_for_it_can_be_given_back():
    ann, alice = MemberFactory(is_staff=True), MemberFactory(mobile="", customer=CustomerFactory())
    bob, closed = MemberFactory(customer=CustomerFactory()), MemberFactory(mobile="", is_active=False)

    def taken_off(member):
        return AccountEvent.objects.create(member=member, kind="phone_released", entrance="counter", by=ann)

    taken_off(alice)
    newest = taken_off(alice)
    taken_off(bob)  # has another number by now
    taken_off(closed)
    for _ in range(2):  # once is enough
        take_along("0016_numbers_lost_before", "remember_lost_numbers")
    lost = LostNumber.objects.get()
    assert (lost.member, lost.taken_off_by, lost.evidence) == (alice, ann, f"EVENT-{newest.pk}")
    assert lost.taken_off_at == newest.occurred_at
