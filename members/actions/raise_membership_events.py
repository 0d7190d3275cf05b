"""Raising what a membership brings: birthdays, anniversaries, a profile that is complete, the first visit of a day."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import structlog
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from members.calendar.dates import latest_anniversary
from members.calendar.finding import SHANGHAI
from members.consumers.isolating import FAULTS_OF_THE_MOMENT
from members.events import MembershipEventRaised, membership_event_raised
from members.models import AccountEvent, Consent, Member, MembershipEvent
from members.rows import insert_row

log = structlog.get_logger(__name__)
Code = MembershipEvent.Code
#: How late a day is still marked: as long as the nightly task may have been down over a weekend.
LATEST = timedelta(days=3)
MARKETING = [kind for kind in Consent.Kind if kind.startswith("marketing")]


@transaction.atomic
def raise_membership_event(*, member_id: int, code: MembershipEvent.Code, period: str = "") -> bool:
    """Once in its period, whoever raises it and however often; whether it was raised now.

    Packages above do what follows from it in this transaction (`membership_event_raised`).
    """
    event = MembershipEvent(member_id=member_id, code=code, period=period, raised_at=datetime.now(SHANGHAI))
    if not insert_row(event):
        return False
    fact = MembershipEventRaised(event_id=event.pk, code=code, member_id=member_id, period=period)
    membership_event_raised.send(MembershipEventRaised, fact=fact)
    return True


def raise_yearly_events(*, day: date) -> int:
    """Birthdays, anniversaries and complete profiles of `day` and of the LATEST before it; returns how many were new.

    Keyed by the year that the day lies in: a second run, or one after New Year, raises nothing twice. Those born or
    registered on 29 February have their day on the 28th in a common year.
    """
    marked = (day - LATEST, day)
    members = live_members()
    born = members.filter(customer__deceased_on=None).annotate(
        begun_on=F("customer__birth_date"), marked_on=latest_anniversary("customer__birth_date", day)
    )
    joined = members.annotate(begun_on=TruncDate("created_at", tzinfo=SHANGHAI)).annotate(
        marked_on=latest_anniversary("begun_on", day)
    )
    raised = 0
    for code, of_code in ((Code.BIRTHDAY, born), (Code.ANNIVERSARY, joined)):
        due = of_code.filter(marked_on__range=marked, marked_on__gt=F("begun_on")).values_list("pk", "marked_on")
        raised += raise_each(code, ((pk, str(marked_on.year)) for pk, marked_on in due.iterator()))
    complete = complete_profiles().exclude(membership_events__code=Code.PROFILE_COMPLETED)
    return raised + raise_each(
        Code.PROFILE_COMPLETED, ((pk, "") for pk in complete.values_list("pk", flat=True).iterator())
    )


def raise_daily_sign_ins(*, now: datetime) -> int:
    """The first visit of each day of everybody who was here since yesterday; returns how many were new.

    Read from what is written anyway: the account's history, which keeps every sign-in, and the list of devices, which
    knows when those who stay signed in were last seen (every five minutes; run more often than that).
    """
    since = datetime.combine(now.astimezone(SHANGHAI).date() - timedelta(days=1), time.min, SHANGHAI)
    day_of = {"day": TruncDate("at", tzinfo=SHANGHAI)}
    signed_in = AccountEvent.objects.filter(kind=AccountEvent.Kind.SIGNED_IN, occurred_at__gte=since)
    still_in = UserSession.objects.filter(last_seen_at__gte=since)
    seen = set(signed_in.annotate(at=F("occurred_at")).annotate(**day_of).values_list("member_id", "day"))
    seen |= set(still_in.annotate(at=F("last_seen_at")).annotate(**day_of).values_list("user_id", "day"))
    known = MembershipEvent.objects.filter(code=Code.SIGNED_IN_DAILY, raised_at__gte=since)
    found = {(member_id, str(day)) for member_id, day in seen} - set(known.values_list("member_id", "period"))
    live = set(live_members().filter(pk__in={pk for pk, _ in found}).values_list("pk", flat=True))
    return raise_each(Code.SIGNED_IN_DAILY, ((pk, day) for pk, day in sorted(found) if pk in live))


def raise_each(code: MembershipEvent.Code, due: Iterable[tuple[int, str]]) -> int:
    """One transaction each: killed in the middle, the next run raises the rest.

    What a listener can't take for one member keeps nobody else from theirs; the next run tries it again. Raises
    FAULTS_OF_THE_MOMENT.
    """
    raised = 0
    for member_id, period in due:
        try:
            raised += raise_membership_event(member_id=member_id, code=code, period=period)
        except FAULTS_OF_THE_MOMENT:
            raise
        except Exception as error:
            log.error("membership_event_not_raised", member=member_id, code=code, error=type(error).__name__)
    return raised


def live_members() -> QuerySet[Member]:
    """Whose account is open, and has a number: an account that lost it may be in nobody's hands."""
    return Member.objects.filter(is_active=True, is_staff=False, mobile_index__isnull=False)


def complete_profiles() -> QuerySet[Member]:
    """Address, e-mail and a preference of contact (an answer about e-letters, or about any reminder) are known.

    From earning_rules.csv, identity.profile. Its fourth condition, the occupation, is kept nowhere: the core does not
    tell it (docs/feeds.md).
    """
    filled = {"customer__address__isnull": False, "customer__isnull": False}
    with_mail = Q(email__isnull=False) | Q(customer__email__isnull=False)
    asked = Q(customer__eletter_consent__isnull=False) | Q(
        pk__in=Consent.objects.filter(kind__in=MARKETING).values("member")
    )
    return live_members().filter(with_mail, asked, **filled)


def move_membership_events(*, closed: Member, kept: Member) -> None:
    """Of an account that is merged away: what the kept one has had, too, stays behind, so that nothing comes twice."""
    had = MembershipEvent.objects.filter(member=kept, code=OuterRef("code"), period=OuterRef("period"))
    MembershipEvent.objects.filter(~Exists(had), member=closed).update(member=kept)
