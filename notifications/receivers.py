"""The whole answer to "what do we send, and when?" for what the packages below, and mail providers, tell by signal."""

from typing import Any

import structlog
from anymail.signals import AnymailTrackingEvent, EventType, tracking
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from benefits.events import (
    CaseDeclined,
    CaseDone,
    CaseWritten,
    DocumentKept,
    QuotaExpiring,
    QuotaGranted,
    TierDowngradeWarned,
    TierLowered,
    TierUpgraded,
    VisitBooked,
    VisitCancelled,
    VisitConfirmed,
    VisitDeclined,
    VisitMissed,
    VisitMoved,
    VisitTomorrow,
    case_declined,
    case_done,
    case_written,
    document_kept,
    quota_expiring,
    quota_granted,
    tier_downgrade_warned,
    tier_lowered,
    tier_upgraded,
    visit_booked,
    visit_cancelled,
    visit_confirmed,
    visit_declined,
    visit_missed,
    visit_moved,
    visit_tomorrow,
)
from benefits.models import Side
from members.events import (
    AccountsMerged,
    FaceLevelGranted,
    FaceSessionFailed,
    IdentityVerified,
    MemberRegistered,
    MembershipEventRaised,
    MobileChanged,
    NumberTakenOff,
    OneTimeCodeIssued,
    PolicyEventsAccepted,
    ServiceCodeSent,
    TransactionSuspected,
    WeChatLinked,
    accounts_merged,
    face_level_granted,
    face_session_failed,
    identity_verified,
    member_registered,
    membership_event_raised,
    mobile_changed,
    number_taken_off,
    one_time_code_issued,
    policy_events_accepted,
    service_code_sent,
    transaction_suspected,
    wechat_linked,
)
from notifications import told_of_benefits, told_of_points, told_of_tiers
from notifications.actions.announce import announce_urgent_events
from notifications.actions.record_bounce import record_bounce
from notifications.actions.tell_heard import News, hear
from notifications.told_of_accounts import (
    move_inbox,
    send_code,
    tell_both_phones,
    tell_face_refused,
    tell_level_by_face,
    tell_lost_phone,
    tell_membership_event,
    tell_policy_bound,
    tell_service_code,
    tell_suspected_transaction,
    tell_wechat_linked,
    welcome,
)
from points.events import (
    MonthEarned,
    PointsAdjusted,
    PointsExpiring,
    RedemptionCancelled,
    RewardDelivered,
    RewardFailed,
    RewardGivenBack,
    RewardRedeemed,
    month_earned,
    points_adjusted,
    points_expiring,
    redemption_cancelled,
    reward_delivered,
    reward_failed,
    reward_given_back,
    reward_redeemed,
)

log = structlog.get_logger(__name__)
#: A mail provider's words for "did not arrive". That a mail server took it is no news: so it may yet come back.
RETURNED = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}


@receiver(policy_events_accepted)
def announce_urgent_ones_at_once(fact: PolicyEventsAccepted, **_: Any) -> None:
    """A one-time code can't wait until the log is read.

    What can't be announced is no reason to refuse the events: the log's reader comes to it, too, and parks it.
    """
    try:
        announce_urgent_events(fact.event_ids)
    except Exception as error:
        if transaction.get_rollback():
            raise  # the intake's transaction is lost, too; swallowed here, its events would pass for accepted
        log.error("urgent_announcement_left_to_the_log", error=type(error).__name__)


@receiver(one_time_code_issued)
def send_one_time_code(fact: OneTimeCodeIssued, **_: Any) -> None:
    send_code(fact)


@receiver(member_registered)
def welcome_new_member(fact: MemberRegistered, **_: Any) -> None:
    welcome(member_id=fact.member_id)


@receiver(membership_event_raised)
def congratulate_member(fact: MembershipEventRaised, **_: Any) -> None:
    tell_membership_event(event_id=fact.event_id)


@receiver(transaction_suspected)
def tell_of_suspected_transaction(fact: TransactionSuspected, **_: Any) -> None:
    tell_suspected_transaction(session_id=fact.session_id)


@receiver(wechat_linked)
def tell_of_linked_wechat(fact: WeChatLinked, **_: Any) -> None:
    tell_wechat_linked(member_id=fact.member_id, key=fact.key)


@receiver(tracking)
def follow_bounced_letters(event: AnymailTrackingEvent, **_: Any) -> None:
    """A letter that bounced goes on paper. The provider's description is left out: it quotes the address."""
    if event.event_type in RETURNED and event.message_id:
        detail = " ".join(filter(None, [event.event_type, event.reject_reason]))
        record_bounce(reference=event.message_id, detail=detail, occurred_at=event.timestamp or timezone.now())


@receiver(identity_verified)
def tell_that_policies_are_bound(fact: IdentityVerified, **_: Any) -> None:
    tell_policy_bound(grant_id=fact.grant_id)


@receiver(face_level_granted)
def tell_of_the_advanced_level(fact: FaceLevelGranted, **_: Any) -> None:
    tell_level_by_face(session_id=fact.session_id)


@receiver(face_session_failed)
def tell_that_a_face_was_refused(fact: FaceSessionFailed, **_: Any) -> None:
    tell_face_refused(session_id=fact.session_id)


@receiver(mobile_changed)
def tell_both_phones_of_the_change(fact: MobileChanged, **_: Any) -> None:
    tell_both_phones(fact)


@receiver(number_taken_off)
def tell_phone_that_was_taken_off(fact: NumberTakenOff, **_: Any) -> None:
    tell_lost_phone(fact)


@receiver(accounts_merged)
def move_inbox_to_the_kept_account(fact: AccountsMerged, **_: Any) -> None:
    move_inbox(fact)


@receiver(service_code_sent)
def send_service_code(fact: ServiceCodeSent, **_: Any) -> None:
    tell_service_code(service_code_id=fact.service_code_id, code=fact.code)


@receiver(reward_redeemed)
def tell_that_points_were_redeemed(fact: RewardRedeemed, **_: Any) -> None:
    told_of_points.tell_redeemed(redemption_id=fact.redemption_id)


@receiver(reward_delivered)
def tell_that_the_reward_is_there(fact: RewardDelivered, **_: Any) -> None:
    told_of_points.tell_delivered(redemption_id=fact.redemption_id)


@receiver(reward_failed)
def tell_that_the_reward_will_not_come(fact: RewardFailed, **_: Any) -> None:
    told_of_points.tell_failed(redemption_id=fact.redemption_id)


@receiver(redemption_cancelled)
def tell_that_points_are_free_again(fact: RedemptionCancelled, **_: Any) -> None:
    told_of_points.tell_cancelled(redemption_id=fact.redemption_id)


@receiver(reward_given_back)
def tell_that_points_were_given_back(fact: RewardGivenBack, **_: Any) -> None:
    told_of_points.tell_given_back(fact)


@receiver(points_expiring)
def warn_of_expiry(fact: PointsExpiring, **_: Any) -> None:
    told_of_points.tell_expiring(fact)


@receiver(month_earned)
def tell_what_was_earned(fact: MonthEarned, **_: Any) -> None:
    told_of_points.tell_earned(fact)


@receiver(points_adjusted)
def tell_that_points_were_put_right(fact: PointsAdjusted, **_: Any) -> None:
    told_of_points.tell_adjusted(fact)


@receiver(tier_upgraded)
def tell_of_a_higher_tier(fact: TierUpgraded, **_: Any) -> None:
    told_of_tiers.tell_upgraded(fact)


@receiver(tier_downgrade_warned)
def warn_of_a_lower_tier(fact: TierDowngradeWarned, **_: Any) -> None:
    told_of_tiers.tell_warned(fact)


@receiver(tier_lowered)
def tell_of_a_lower_tier(fact: TierLowered, **_: Any) -> None:
    told_of_tiers.tell_lowered(fact)


@receiver(quota_granted)
def tell_what_was_gained(fact: QuotaGranted, **_: Any) -> None:
    told_of_benefits.tell_granted(fact)


@receiver(quota_expiring)
def warn_of_the_end_of_the_year(fact: QuotaExpiring, **_: Any) -> None:
    told_of_benefits.tell_quota_expiring(fact)


@receiver(visit_booked)
@receiver(visit_moved)
@receiver(visit_confirmed)
def tell_that_a_visit_is_booked(fact: VisitBooked | VisitMoved | VisitConfirmed, **_: Any) -> None:
    hear(News.BOOKED, fact.booking_id)


@receiver(visit_tomorrow)
def remind_of_a_visit(fact: VisitTomorrow, **_: Any) -> None:
    hear(News.TOMORROW, fact.booking_id)


@receiver(visit_cancelled)
@receiver(visit_declined)
def tell_that_a_visit_is_cancelled(fact: VisitCancelled | VisitDeclined, **_: Any) -> None:
    hear(News.CANCELLED, fact.booking_id)


@receiver(visit_missed)
def tell_that_nobody_came(fact: VisitMissed, **_: Any) -> None:
    hear(News.MISSED, fact.booking_id)


@receiver(document_kept)
def tell_that_a_report_is_there(fact: DocumentKept, **_: Any) -> None:
    """That of a case comes with an answer."""
    if fact.booking_id and fact.side == Side.PROVIDER:
        hear(News.REPORT_READY, fact.booking_id)


@receiver(case_written)
def tell_that_a_case_was_answered(fact: CaseWritten, **_: Any) -> None:
    if fact.side == Side.PROVIDER:
        hear(News.CASE_ANSWERED, fact.case_id)


@receiver(case_done)
def tell_that_a_case_is_done(fact: CaseDone, **_: Any) -> None:
    hear(News.CASE_DONE, fact.case_id)


@receiver(case_declined)
def tell_that_a_case_was_declined(fact: CaseDeclined, **_: Any) -> None:
    hear(News.CASE_DECLINED, fact.case_id)
