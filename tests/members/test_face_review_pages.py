"""Staff compare faces: two people, on record, with the pictures shown once and gone when it is decided."""

import base64

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import AccountEvent, FaceReview, FaceReviewVote
from members.roles import Role
from tests.face_sequences import jpeg, portrait
from tests.factories import MemberFactory
from tests.members.face_cast import ended, member_with_photo

pytestmark = pytest.mark.django_db
KIND = AccountEvent.Kind.FACE_SHOWN


@pytest.fixture
def review():
    picture = base64.b64encode(jpeg(portrait("collins"), quality=90)).decode()
    session = ended(member_with_photo("collins"), "review", reason="near_match")
    return FaceReview.objects.create(
        session=session, evidence={"live": [picture] * 2, "reference": picture}, destroy_on=timezone.localdate()
    )


def signed_in(role=Role.APPROVER):
    worker, client = MemberFactory(is_staff=True), Client()
    worker.groups.add(Group.objects.get(name=role))
    client.force_login(worker)
    client.worker = worker
    return client


def page(client, review):
    return client.get(reverse("face_reviews:inspect", args=[review.pk]))


def look(client, review):
    return client.post(reverse("face_reviews:look", args=[review.pk]))


def vote(client, review, reason="same_person"):
    return client.post(reverse("face_reviews:vote", args=[review.pk]), {"reason": reason}, follow=True)


def test_the_pictures_are_shown_to_whoever_asks_for_them_on_record(review):
    client = signed_in()
    assert "data:image" not in page(client, review).text
    assert not AccountEvent.objects.filter(kind=KIND).exists()
    shown = look(client, review)
    assert shown.text.count("data:image/jpeg;base64,") == 3
    assert "no-store" in shown["Cache-Control"]
    event = AccountEvent.objects.get(kind=KIND)
    assert (event.member, event.by) == (review.session.member, client.worker)


def test_two_people_who_say_the_same_decide_and_the_pictures_are_gone(review):
    one, two, late = signed_in(), signed_in(), signed_in(Role.ADMINISTRATOR)
    assert "还需另一位同事" in vote(one, review).text
    assert FaceReviewVote.objects.count() == 1
    assert reverse("face_reviews:look", args=[review.pk]) not in page(one, review).text
    vote(two, review)
    review.refresh_from_db()
    assert (review.approved, review.evidence) == (True, None)
    assert look(late, review).status_code == 302
    vote(late, review, "other_person")
    assert FaceReviewVote.objects.count() == 2


def test_the_second_does_not_see_what_the_first_said(review):
    vote(signed_in(), review, "other_person")
    shown = look(signed_in(), review)
    assert shown.text.count(str(FaceReviewVote.Reason.OTHER_PERSON.label)) == 1  # the choice alone


def test_an_answer_without_a_word_is_none(review):
    vote(signed_in(), review, "")
    vote(signed_in(), review, "looks nice")
    assert not FaceReviewVote.objects.exists()


def test_nobody_judges_their_own_face(review):
    worker, client = review.session.member, Client()
    worker.is_staff = True
    worker.save()
    worker.groups.add(Group.objects.get(name=Role.APPROVER))
    client.force_login(worker)
    assert look(client, review).status_code in (302, 403)
    vote(client, review)
    assert not FaceReviewVote.objects.exists()
    assert not AccountEvent.objects.filter(kind=KIND).exists()


@pytest.mark.parametrize("role", [Role.SERVICE_AGENT, Role.MARKETING_EDITOR, Role.ANALYST])
def test_roles_that_decide_nothing_see_nothing(review, role):
    client = signed_in(role)
    assert "data:image" not in look(client, review).text
    vote(client, review)
    assert not FaceReviewVote.objects.exists()
    assert not AccountEvent.objects.filter(kind=KIND).exists()


def test_the_list_has_the_open_ones_and_home_says_that_they_wait(review):
    client = signed_in()
    assert review.session.member.name in client.get(f"{reverse('face_reviews:index')}?state=open").text
    assert f"{reverse('face_reviews:index')}?state=open" in client.get(reverse("wagtailadmin_home")).text
    vote(client, review)
    assert f"{reverse('face_reviews:index')}?state=open" not in client.get(reverse("wagtailadmin_home")).text
