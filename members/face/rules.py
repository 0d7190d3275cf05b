"""When a member may stand before the camera: age, attempts, pauses."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from members.ages import age_on
from members.models import Customer, FaceReview, FaceSession, Member

#: Personal Information Protection Law art. 31: below this age a guardian has to agree.
AGE_OF_CONSENT = 14
FAILURES_BEFORE_PAUSE = 3
PAUSE = timedelta(minutes=30)
#: The fifth one goes to people, and no other begins that day.
FAILURES_A_DAY = 5
#: Beginning and giving up reveals what is asked: nobody may wait for the challenge that suits a film.
STARTS_A_DAY = 12


class FaceNotPossible(Exception):
    """No face check for this member now; `code` says why, and there is always a way without a face."""

    code = "not_possible"


class TooYoung(FaceNotPossible):
    code = "too_young"


class NoFaceConsent(FaceNotPossible):
    code = "no_consent"


class ReviewPending(FaceNotPossible):
    """People are looking at the last try."""

    code = "review_pending"


@dataclass
class FacePaused(FaceNotPossible):
    """Three failures in a row, five in a day, or too many beginnings; `until`, when there may be another."""

    until: datetime
    code = "paused"


def is_minor(customer: Customer, today: date) -> bool:
    """Whether a guardian has to agree. Raises TooYoung where none could; also where the age is not known."""
    if customer.birth_date is None:
        raise TooYoung
    if age_on(customer.birth_date, today) >= AGE_OF_CONSENT:
        return False
    if settings.FACE_OF_MINORS and customer.guardian_id:
        return True
    raise TooYoung


def check_attempts(member: Member, now: datetime) -> None:
    """Raises ReviewPending, FacePaused. Days are those of Shanghai."""
    if FaceReview.objects.open().filter(session__member=member).exists():
        raise ReviewPending
    tomorrow = midnight_after(now)
    today = FaceSession.objects.filter(member=member, started_at__gte=tomorrow - timedelta(days=1))
    if today.count() >= STARTS_A_DAY or failures_on_day_of(member, now) >= FAILURES_A_DAY:
        raise FacePaused(until=tomorrow)
    failures = failures_in_a_row(member, now)
    if failures and len(failures) % FAILURES_BEFORE_PAUSE == 0 and now < failures[0] + PAUSE:
        raise FacePaused(until=failures[0] + PAUSE)


def failures_in_a_row(member: Member, now: datetime) -> list[datetime]:
    """When, newest first: since the last pass, within a day."""
    decided = FaceSession.objects.filter(member=member, decided_at__gt=now - timedelta(days=1))
    passed = decided.filter(outcome=FaceSession.Outcome.PASS).order_by("-decided_at").first()
    failed = decided.failed()
    if passed:
        failed = failed.filter(decided_at__gt=passed.decided_at)
    return [session.decided_at for session in failed.order_by("-decided_at") if session.decided_at]


def ends_in_pause(session: FaceSession) -> bool:
    """Whether this failure, which is stored, is the one too many."""
    if session.decided_at is None or session.reason in FaceSession.NOT_COUNTED:
        return False
    return len(failures_in_a_row(session.member, session.decided_at)) % FAILURES_BEFORE_PAUSE == 0


def failures_on_day_of(member: Member, now: datetime) -> int:
    tomorrow = midnight_after(now)
    return (
        FaceSession.objects.failed()
        .filter(member=member, decided_at__gte=tomorrow - timedelta(days=1), decided_at__lt=tomorrow)
        .count()
    )


def midnight_after(now: datetime) -> datetime:
    """The next midnight of the platform's time zone (Shanghai, which has no summer time)."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)
