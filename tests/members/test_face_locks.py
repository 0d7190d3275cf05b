"""A member takes their consent back while somebody decides about their face: neither waits for the other for ever."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from members.actions import close_face_session as closing
from members.actions import decide_face_review as deciding
from members.actions.close_face_session import Measured, close_face_session
from members.actions.decide_face_review import AlreadyDecided, decide_face_review
from members.actions.lock_accounts import lock_accounts
from members.actions.purge_face_evidence import destroy_face_data
from members.events import face_session_passed
from members.models import FaceReview, FaceReviewVote, FaceSession
from members.receivers import raise_level
from members.roles import Role
from tests.factories import MemberFactory
from tests.locks import waiting_for_locks
from tests.members.face_cast import ended, member_with_photo, start

pytestmark = pytest.mark.django_db(transaction=True)


def while_consent_is_withdrawn(member, act):
    """What becomes of `act`, begun when the account is locked by a withdrawal that then destroys the face data."""
    locked = Event()

    def withdraw():
        try:
            with transaction.atomic():
                lock_accounts(member.pk)
                locked.set()
                until = time.monotonic() + 10
                while not waiting_for_locks() and time.monotonic() < until:
                    time.sleep(0.02)
                destroy_face_data(member=member)
            return None
        except OperationalError as error:
            return error
        finally:
            connection.close()

    def run():
        try:
            assert locked.wait(10)
            act()
            return None
        except (OperationalError, AlreadyDecided) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return [done.result() for done in (pool.submit(withdraw), pool.submit(run))]


@pytest.fixture(autouse=True)
def level_follows(unheard):
    """A face that passed raises the level, for which the account is locked."""
    face_session_passed.connect(raise_level)


@pytest.fixture
def review():
    session = ended(member_with_photo(), "review", reason="near_match")
    return FaceReview.objects.create(
        session=session, evidence={"live": [], "reference": ""}, destroy_on=timezone.localdate()
    )


@pytest.fixture
def vote(review):
    """The second of two."""
    first, second = MemberFactory.create_batch(2, is_staff=True)
    for each in (first, second):
        each.groups.add(Group.objects.get(name=Role.APPROVER))
    about = {"review": review, "approves": True, "reason": FaceReviewVote.Reason.SAME_PERSON}
    decide_face_review(by=first, **about)
    return lambda: decide_face_review(by=second, **about)


def test_a_review_waits_and_finds_it_over(review, vote):
    withdrawn, voted = while_consent_is_withdrawn(review.session.member, vote)
    assert withdrawn is None
    assert isinstance(voted, AlreadyDecided)


def test_control_without_the_account_first_they_wait_crosswise(review, vote, monkeypatch):
    monkeypatch.setattr(deciding, "lock_accounts", lambda *ids: {})
    outcomes = while_consent_is_withdrawn(review.session.member, vote)
    assert any("deadlock" in str(outcome) for outcome in outcomes)


@pytest.fixture
def session():
    """With pictures of everything that was asked, about to be decided."""
    started = start(member_with_photo())
    FaceSession.objects.filter(pk=started.session.pk).update(state=FaceSession.State.DECIDING, step=4)
    return started.session


def decide(session):
    return lambda: close_face_session(
        session_id=session.pk, outcome=FaceSession.Outcome.PASS, measured=Measured("test", 0.2)
    )


def test_a_decision_waits_and_finds_the_session_given_up(session):
    assert while_consent_is_withdrawn(session.member, decide(session)) == [None, None]
    session.refresh_from_db()
    assert (session.outcome, session.reason) == ("fail", "given_up")


def test_control_without_the_account_first_a_decision_waits_crosswise(session, monkeypatch):
    def row_only(session_id):
        return FaceSession.objects.select_for_update().get(pk=session_id)

    monkeypatch.setattr(closing, "lock_face_session", row_only)
    outcomes = while_consent_is_withdrawn(session.member, decide(session))
    assert any("deadlock" in str(outcome) for outcome in outcomes)
