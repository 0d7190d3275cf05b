"""Two phones that begin a face check for one account at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import IntegrityError, connection
from django.db.models.query import QuerySet

from members.actions import start_face_session as module
from members.actions.start_face_session import start_face_session
from members.assurance import Context
from members.entrances import Entrance
from members.face.seams import Reason
from members.models import FaceSession, Factor
from tests.members.accounts import SESSION, proved
from tests.members.face_cast import member_with_photo

pytestmark = pytest.mark.django_db(transaction=True)
#: So long the first waits for the second to come as far, which the lock prevents.
TOGETHER_S = 1.0


@pytest.fixture
def outcomes(monkeypatch):
    """Begins two at once, as far as they get; "begun" or the name of what each raised."""
    draw = module.draw_challenge

    def begin():
        member, together = member_with_photo(), Barrier(2)
        proved(member, Factor.CODE)

        def meet(without):
            with suppress(BrokenBarrierError):
                together.wait(TOGETHER_S)
            return draw(without)

        monkeypatch.setattr(module, "draw_challenge", meet)

        def start(_):
            try:
                start_face_session(member=member, context=Context(entrance=Entrance.WEB, session=SESSION))
                return "begun"
            except IntegrityError as error:
                return str(error)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(start, range(2)))

    return begin


def test_one_waits_and_takes_the_place_of_the_other(outcomes):
    assert outcomes() == ["begun", "begun"]
    first, second = FaceSession.objects.order_by("pk")
    assert (first.outcome, first.reason) == ("fail", Reason.GIVEN_UP)
    assert second.state != FaceSession.State.DECIDED


def test_without_the_lock_they_run_into_each_other(outcomes, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    said = sorted(outcomes(), key=len)
    assert said[0] == "begun"
    assert "face_session_one_at_a_time" in said[1]
