"""From the first picture to the decision, by the database's clock and with the true models."""

import base64
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from PIL import Image

from members.actions.decide_face_review import AlreadyDecided, SecondPersonNeeded, decide_face_review
from members.actions.decide_face_session import decide_face_session
from members.actions.purge_face_evidence import destroy_face_data, purge_face_evidence
from members.actions.submit_face_frames import (
    FaceSessionUnknown,
    NonceSpent,
    WrongNumberOfFrames,
    WrongStep,
    submit_face_frames,
)
from members.actions.sweep_face_sessions import sweep_face_sessions
from members.assurance import LevelTooLow
from members.events import (
    FaceReviewRequested,
    FaceSessionFailed,
    FaceSessionPassed,
    face_review_requested,
    face_session_failed,
    face_session_passed,
)
from members.face import rules
from members.face.thresholds import thresholds
from members.models import (
    Consent,
    FaceFrames,
    FaceReview,
    FaceReviewVote,
    FaceSession,
    Member,
    ReferencePhoto,
    SeenFrame,
)
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import verified
from tests.members.face_cast import ended, film, member_with_photo, send, start, still

Reason = FaceReviewVote.Reason


@pytest.fixture
def facts():
    """What was announced, in order."""
    heard = []

    def listen(fact, **_):
        heard.append(fact)

    signals = (face_session_passed, face_session_failed, face_review_requested)
    for signal in signals:
        signal.connect(listen)
    yield heard
    for signal in signals:
        signal.disconnect(listen)


def decide(session):
    return decide_face_session(session_id=session.pk)


def test_it_works(db, clock, facts):
    """Alice does what is asked, is compared with her photo, and nothing of her face stays."""
    alice = member_with_photo("collins")
    session = send(clock, alice, film("collins"))
    assert session.state == FaceSession.State.DECIDING
    assert FaceFrames.objects.count() == 4
    session = decide(session)
    assert (session.outcome, session.reason) == ("pass", "")
    assert session.distance < 0.36 and session.thresholds_version == thresholds().version
    assert facts == [FaceSessionPassed(session_id=session.pk, member_id=alice.pk)]
    assert not FaceFrames.objects.exists()
    assert decide(session).decided_at == session.decided_at and len(facts) == 1, "twice changes nothing"


def test_the_pictures_wait_sealed_in_a_table_that_no_log_knows(db, clock):
    alice = member_with_photo()
    window = still()
    send(clock, alice, [window])
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'members_faceframes'")
        assert cursor.fetchone() == ("u",)
        cursor.execute("SELECT pictures FROM members_faceframes")
        (kept,) = cursor.fetchone()
    assert b"JFIF" in window[0] and b"JFIF" not in bytes(kept)


def test_another_person_is_refused(db, clock, facts):
    """Bob stands before the camera of Alice's account: alive, and not she."""
    alice = member_with_photo("collins")
    session = decide(send(clock, alice, film("hopper")))
    assert (session.outcome, session.reason) == ("fail", "no_match")
    assert session.distance > 0.45
    assert facts == [FaceSessionFailed(session_id=session.pk, member_id=alice.pk, reason="no_match")]
    assert not FaceReview.objects.exists()


def test_between_the_thresholds_people_decide(db, clock, facts, settings, tmp_path):
    shipped = thresholds()
    alice = member_with_photo("collins")
    path = tmp_path / "strict.json"
    path.write_text(
        """{"version": "strict", "matching": {"metric": "euclidean", "accept": 0.001, "review": 0.45,
        "same_person": 0.5}, "liveness": {"turn": 0.22, "nod": 0.18, "mouth": 0.18, "eyes": 0.1, "relief": 0.06,
        "another": {"turn": 0.16, "nod": 0.16, "mouth": 0.14, "eyes": 0.1}},
        "picture": {"smallest_face_px": 120, "darkest": 45, "brightest": 225}}"""
    )
    settings.FACE_THRESHOLDS = str(path)
    session = decide(send(clock, alice, film("collins")))
    assert (session.outcome, session.reason, session.thresholds_version) == ("review", "near_match", "strict")
    assert shipped.version != "strict"
    review = FaceReview.objects.get()
    assert facts == [FaceReviewRequested(session_id=session.pk, member_id=alice.pk, review_id=review.pk)]
    assert len(review.evidence["live"]) == 4 and review.evidence["reference"]
    with pytest.raises(rules.ReviewPending):
        start(alice)


# --- the protocol ----------------------------------------------------------------------------------------------


def test_a_nonce_serves_its_member_and_one_session(db, clock):
    alice, bob = member_with_photo(), member_with_photo()
    started = start(alice)
    with pytest.raises(FaceSessionUnknown):
        submit_face_frames(member=bob, nonce=started.nonce, step=0, pictures=still())
    with pytest.raises(FaceSessionUnknown):
        submit_face_frames(member=alice, nonce="guessed", step=0, pictures=still())
    send(clock, alice, [still(), still(seed=2), still(seed=3), still(seed=4)], started)
    with pytest.raises(NonceSpent):
        submit_face_frames(member=alice, nonce=started.nonce, step=0, pictures=still(seed=5))
    assert started.nonce.encode() not in bytes(FaceSession.objects.get().nonce_digest)


def test_steps_come_in_order_and_once(db, clock):
    alice = member_with_photo()
    started = start(alice)
    for step in (1, 3):
        with pytest.raises(WrongStep) as refusal:
            submit_face_frames(member=alice, nonce=started.nonce, step=step, pictures=still())
        assert refusal.value.expected == 0
    assert submit_face_frames(member=alice, nonce=started.nonce, step=0, pictures=still()).asked == "turn_right"
    with pytest.raises(WrongStep):
        submit_face_frames(member=alice, nonce=started.nonce, step=0, pictures=still())
    for pictures in (still(seed=2)[:3], still(seed=2) * 3):
        with pytest.raises(WrongNumberOfFrames):
            submit_face_frames(member=alice, nonce=started.nonce, step=1, pictures=pictures)


@pytest.mark.parametrize(
    ("seconds", "step", "reason"), [(121, 0, "too_late"), (21, 1, "too_late"), (0.5, 1, "too_fast")]
)
def test_the_servers_clock_decides_what_is_late_and_what_too_early(db, clock, facts, seconds, step, reason):
    alice = member_with_photo()
    started = start(alice)
    if step:
        submit_face_frames(member=alice, nonce=started.nonce, step=0, pictures=still())
    clock.shift(seconds)
    session = submit_face_frames(member=alice, nonce=started.nonce, step=step, pictures=still(seed=2))
    assert (session.outcome, session.reason) == ("fail", reason)
    assert rules.failures_on_day_of(alice, timezone.now()) == 1
    assert not FaceFrames.objects.exists()


def test_a_picture_that_was_sent_before_is_a_replay_in_any_session_and_wrapping(db, clock):
    alice, bob = member_with_photo(), member_with_photo()
    assert send(clock, alice, [still()]).outcome == ""
    again = send(clock, bob, [[*still(seed=2)[:3], still()[0]]])
    assert (again.outcome, again.reason) == ("fail", "replayed")
    # A comment in the file makes other bytes of the same picture.
    wrapped = still(seed=3)[0][:2] + b"\xff\xfe\x00\x06abcd" + still(seed=3)[0][2:]
    assert send(clock, alice, [still(seed=3), [*still(seed=4)[:3], wrapped]]).reason == "replayed"
    assert send(clock, bob, [[*still(seed=6)[:3], still(seed=6)[0]]]).reason == "replayed"


def picture(size=(640, 480), form="JPEG", **options):
    kept = io.BytesIO()
    Image.new("RGB", size, (90, 120, 60)).save(kept, form, **options)
    return kept.getvalue()


@pytest.mark.parametrize(
    "bad",
    [
        lambda: picture((8000, 7500), "PNG"),  # 60 megapixels in a few kilobytes
        lambda: picture(form="GIF"),
        lambda: picture(form="WEBP", save_all=True, append_images=[Image.new("RGB", (640, 480))]),
        lambda: picture(form="PNG", save_all=True, append_images=[Image.new("RGB", (640, 480))]),
        lambda: picture((64, 48)),
        lambda: still(seed=8)[0][:-3000],
        lambda: b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 5000,
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        lambda: b"",
        lambda: picture() + b"\x00" * 700_000,
    ],
    ids=["bomb", "gif", "moving webp", "moving png", "tiny", "torn", "video", "svg", "nothing", "huge"],
)
def test_what_is_no_picture_ends_the_session_and_counts(db, clock, bad):
    alice = member_with_photo()
    session = send(clock, alice, [[*still()[:3], bad()]])
    assert (session.outcome, session.reason) == ("fail", "unreadable")
    assert rules.failures_on_day_of(alice, timezone.now()) == 1


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_pictures_of_three_kinds_are_read(db, clock, form):
    pictures = [picture((640, 480 + number), form) for number in range(4)]
    assert send(clock, member_with_photo(), [pictures]).outcome == ""


def test_guidance_asks_again_and_counts_nothing(db, clock, django_capture_on_commit_callbacks):
    """The first pictures are dark; the member is told so and begins again."""
    alice = member_with_photo()
    started = start(alice)
    dark = [jpeg_darkened(data) for data in still()]
    with django_capture_on_commit_callbacks(execute=True):
        submit_face_frames(member=alice, nonce=started.nonce, step=0, pictures=dark)
    session = FaceSession.objects.get()
    assert (session.step, session.guidance, session.outcome) == (0, "too_dark", "")
    assert not FaceFrames.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        submit_face_frames(member=alice, nonce=started.nonce, step=0, pictures=still())
    session.refresh_from_db()
    assert (session.step, session.guidance, session.asked) == (1, FaceSession.OK, "turn_right")


def jpeg_darkened(data):
    kept = io.BytesIO()
    Image.open(io.BytesIO(data)).point(lambda value: value // 5).save(kept, "JPEG", quality=95)
    return kept.getvalue()


# --- who may, and how often ------------------------------------------------------------------------------------


def test_without_level_or_consent_nothing_begins(db):
    with pytest.raises(LevelTooLow):
        start(MemberFactory(customer=CustomerFactory()))
    with pytest.raises(rules.NoFaceConsent):
        start(verified(MemberFactory(customer=CustomerFactory())))
    alice = member_with_photo()
    Consent.objects.update(ended_at=timezone.now(), ending="withdrawn", ended_entrance="web")
    with pytest.raises(rules.NoFaceConsent):
        start(alice)


def test_under_fourteen_there_is_no_face_unless_a_guardian_may_agree(db, settings):
    today = timezone.localdate()
    child = member_with_photo(birth_date=today.replace(year=today.year - 14) + timedelta(days=1))
    unknown = member_with_photo(birth_date=None)
    for member in (child, unknown):
        with pytest.raises(rules.TooYoung):
            start(member)
    settings.FACE_OF_MINORS = True
    with pytest.raises(rules.TooYoung):
        start(child)
    child.customer.guardian = CustomerFactory()
    child.customer.save()
    with pytest.raises(rules.NoFaceConsent):
        start(child)
    Consent.objects.create(
        member=child,
        kind=Consent.Kind.GUARDIAN,
        version=1,
        language="zh-hans",
        text_hash=b"0" * 32,
        entrance="web",
        guardian=child.customer.guardian,
    )
    assert start(child)
    assert start(member_with_photo(birth_date=today.replace(year=today.year - 14)))


def test_three_failures_are_followed_by_a_pause(db, clock):
    alice = member_with_photo()
    for _ in range(2):
        ended(alice, "fail")
    ended(alice, "fail", reason="out_of_service")
    ended(alice, "fail", reason="given_up")
    start(alice)
    ended_at = timezone.now()
    ended(alice, "fail")
    with pytest.raises(rules.FacePaused) as pause:
        start(alice)
    assert pause.value.until == ended_at + timedelta(minutes=30)
    clock.shift(timedelta(minutes=30))
    assert start(alice)


def test_a_pass_ends_the_count(db, clock):
    alice = member_with_photo()
    for outcome in ("fail", "fail", "pass", "fail"):
        clock.shift(1)
        ended(alice, outcome)
    assert start(alice)


def test_the_fifth_failure_of_a_day_goes_to_people(db, clock, facts):
    clock.move_to(timezone.localtime().replace(hour=10))
    alice = member_with_photo("collins")
    for _ in range(4):
        ended(alice, "fail", decided_at=timezone.now() - timedelta(hours=1))
    session = decide(send(clock, alice, film("hopper", seed=3)))
    assert (session.outcome, session.reason) == ("review", "tried_often")
    assert FaceReview.objects.get().session == session


def fifth_failure_that_is_not_live(clock, alice, seeds):
    for _ in range(4):
        ended(alice, "fail", decided_at=timezone.now() - timedelta(hours=1))
    return decide(send(clock, alice, [still(seed=seed) for seed in seeds]))


def test_people_never_compare_a_face_with_nothing(db, clock):
    """A fifth failure before any comparison: people are shown the photo all the same, and without one it fails."""
    clock.move_to(timezone.localtime().replace(hour=10))
    alice, bob = member_with_photo("collins"), member_with_photo("")
    session = fifth_failure_that_is_not_live(clock, alice, range(4))
    assert (session.outcome, session.reason) == ("review", "tried_often")
    photo = base64.b64decode(FaceReview.objects.get().evidence["reference"])
    assert photo == bytes(alice.customer.reference_photo.photo)
    session = fifth_failure_that_is_not_live(clock, bob, range(4, 8))
    assert (session.outcome, session.reason) == ("fail", "not_done")
    assert not FaceReview.objects.filter(session=session).exists()


def test_five_failures_close_the_day(db, clock):
    clock.move_to(timezone.localtime().replace(hour=10))
    alice = member_with_photo()
    for _ in range(5):
        ended(alice, "fail", decided_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(rules.FacePaused) as pause:
        start(alice)
    assert timezone.localtime(pause.value.until).hour == 0
    clock.move_to(pause.value.until)
    assert start(alice)


def test_nobody_may_wait_for_the_challenge_that_suits_a_film(db, clock):
    clock.move_to(timezone.localtime().replace(hour=10))
    alice = member_with_photo()
    for _ in range(rules.STARTS_A_DAY):
        start(alice)
    assert FaceSession.objects.exclude(state="decided").count() == 1
    with pytest.raises(rules.FacePaused):
        start(alice)


def test_the_database_holds_what_a_session_may_be(db):
    alice = member_with_photo()
    start(alice)
    session = FaceSession.objects.get()
    for wrong in (
        {"state": "decided"},
        {"outcome": "pass"},
        {"state": "decided", "outcome": "fail", "decided_at": timezone.now(), "reason": ""},
        {"state": "decided", "outcome": "pass", "decided_at": timezone.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FaceSession.objects.filter(pk=session.pk).update(**wrong)


# --- when something is missing ---------------------------------------------------------------------------------


def test_without_a_reference_photo_it_is_nobodys_failure(db, clock):
    alice = member_with_photo(photo_of=None)
    session = decide(send(clock, alice, film("collins", seed=2)))
    assert (session.outcome, session.reason) == ("fail", "no_reference")
    assert rules.failures_on_day_of(alice, timezone.now()) == 0


def test_pictures_lost_in_a_crash_are_nobodys_failure(db, clock):
    alice = member_with_photo()
    session = send(clock, alice, [still(seed=seed) for seed in (1, 2, 3, 4)])
    FaceFrames.objects.all().delete()
    assert decide(session).reason == "out_of_service"
    assert rules.failures_on_day_of(alice, timezone.now()) == 0


def test_the_sweep_finds_lost_decisions_and_ends_what_was_given_up(db, clock):
    alice, bob = member_with_photo(), member_with_photo()
    waiting = send(clock, alice, [still(seed=seed) for seed in (1, 2, 3, 4)])
    left = send(clock, bob, [still(seed=5)])
    assert sweep_face_sessions() == []
    clock.shift(11)
    assert sweep_face_sessions() == [waiting.pk]
    clock.shift(90)
    assert sweep_face_sessions() == [waiting.pk]
    left.refresh_from_db()
    assert (left.outcome, left.reason) == ("fail", "given_up")
    clock.shift(300)
    assert sweep_face_sessions() == []
    waiting.refresh_from_db()
    assert waiting.reason == "out_of_service"
    assert not FaceFrames.objects.exists()


# --- review ----------------------------------------------------------------------------------------------------


@pytest.fixture
def review(db):
    session = ended(member_with_photo(), "review", reason="near_match")
    return FaceReview.objects.create(
        session=session,
        evidence={"live": ["cGljdHVyZQ=="], "reference": "cGljdHVyZQ=="},
        destroy_on=timezone.localdate(),
    )


def reviewer():
    return Member.objects.create_superuser(f"+86135{Member.objects.count():08d}", "secret")


def test_two_people_who_say_the_same_decide(review, facts):
    one, two = reviewer(), reviewer()
    decide_face_review(review=review, by=one, approves=True, reason=Reason.SAME_PERSON)
    assert facts == []
    with pytest.raises(SecondPersonNeeded):
        decide_face_review(review=review, by=one, approves=True, reason=Reason.SAME_PERSON)
    decide_face_review(review=review, by=two, approves=True, reason=Reason.SAME_PERSON)
    session = review.session
    assert facts == [FaceSessionPassed(session_id=session.pk, member_id=session.member_id, by_review=True)]
    review.refresh_from_db()
    assert review.approved is True and review.evidence is None
    with pytest.raises(AlreadyDecided):
        decide_face_review(review=review, by=reviewer(), approves=False, reason=Reason.OTHER_PERSON)


def test_where_two_differ_a_third_decides(review, facts):
    for approves, reason in ((True, Reason.SAME_PERSON), (False, Reason.NOT_LIVE), (False, Reason.OTHER_PERSON)):
        assert facts == []
        decide_face_review(review=review, by=reviewer(), approves=approves, reason=reason)
    assert [fact.reason for fact in facts] == ["other_person"]


def test_nobody_decides_without_the_permission_or_about_themselves(review):
    with pytest.raises(PermissionDenied):
        decide_face_review(review=review, by=MemberFactory(), approves=True, reason=Reason.SAME_PERSON)
    Member.objects.filter(pk=review.session.member_id).update(is_superuser=True)
    member = Member.objects.get(pk=review.session.member_id)
    with pytest.raises(PermissionDenied):
        decide_face_review(review=review, by=member, approves=True, reason=Reason.SAME_PERSON)
    with pytest.raises(ValueError, match="contradicts"):
        decide_face_review(review=review, by=reviewer(), approves=True, reason=Reason.NOT_LIVE)


def test_evidence_goes_on_its_day_and_what_nobody_decided_is_refused(review, facts):
    SeenFrame.objects.create(digest=b"1" * 32, seen_at=timezone.now() - timedelta(days=31))
    SeenFrame.objects.create(digest=b"2" * 32)
    FaceReview.objects.update(destroy_on=timezone.localdate() + timedelta(days=1))
    assert purge_face_evidence() == 0
    FaceReview.objects.update(destroy_on=timezone.localdate())
    assert purge_face_evidence() == 1
    assert purge_face_evidence() == 0
    review.refresh_from_db()
    assert review.evidence is None and [fact.reason for fact in facts] == ["review_lapsed"]
    assert [bytes(row.digest) for row in SeenFrame.objects.all()] == [b"2" * 32]


def test_who_withdraws_consent_leaves_no_picture(review, clock):
    alice = review.session.member
    bob = member_with_photo()
    send(clock, bob, [still()])
    destroy_face_data(member=alice)
    assert FaceFrames.objects.count() == 1 and ReferencePhoto.objects.get().customer == bob.customer
    destroy_face_data(member=bob)
    review.refresh_from_db()
    assert review.evidence is None
    assert not FaceFrames.objects.exists() and not ReferencePhoto.objects.exists()
