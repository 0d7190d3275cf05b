"""What members are told about their accounts: from a fact to the event of the catalogue and its values."""

from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext

from members.events import AccountsMerged, MobileChanged, NumberTakenOff, OneTimeCodeIssued
from members.models import Customer, FaceSession, LevelGrant, Member, MembershipEvent, Policy, ServiceCode
from members.models.service_code import CODE_LASTS
from members.phone import mask
from notifications.actions.announce import announce_platform_event
from notifications.models import Message


def send_code(fact: OneTimeCodeIssued) -> None:
    """To the number itself; nobody is looked up, so that known and unknown numbers take equally long."""
    announce_platform_event(
        code="verification.otp",
        key=fact.key,
        values={
            "customer_name": "",
            "otp": fact.code,
            "service_name": fact.service_name,
            "minutes": fact.minutes,
        },
        mobile=fact.mobile,
    )


def welcome(*, member_id: int) -> None:
    member = Member.objects.get(pk=member_id)
    announce_platform_event(
        code="membership.registered", key=str(member.pk), values={"customer_name": addressed(member)}, member=member
    )


def tell_membership_event(*, event_id: int) -> None:
    """A birthday or an anniversary; of the other two nobody is told (platform_events.csv: notify=no)."""
    event = MembershipEvent.objects.select_related("member__customer").get(pk=event_id)
    member = event.member
    values: dict[str, Any] = {"customer_name": addressed(member)}
    if event.code == MembershipEvent.Code.ANNIVERSARY:
        values["years"] = int(event.period) - timezone.localtime(member.created_at).year
    elif event.code != MembershipEvent.Code.BIRTHDAY:
        return
    announce_platform_event(
        code=event.code,
        key=f"{member.pk}:{event.period}",
        values=values,
        member=member,
        customer=member.customer,
        occurred_at=event.raised_at,
    )


def tell_wechat_linked(*, member_id: int, key: str) -> None:
    member = Member.objects.get(pk=member_id)
    announce_platform_event(
        code="membership.channel_bound",
        key=key,
        values={
            "customer_name": addressed(member),
            "event_time": timezone.localtime().isoformat(timespec="seconds"),
        },
        member=member,
    )


def addressed(member: Member) -> str:
    """How a text addresses a member, also one whose name nobody knows yet."""
    if member.name:
        return member.name
    with translation.override(member.language):
        return gettext("dear member")


def tell_policy_bound(*, grant_id: int) -> None:
    """`verification.policy_bound`, of the newest policy that the member may see now; of none where there is none.

    Whoever was verified in person hears of it on the phone they have: the insurer's record may have a lost one.
    """
    grant = LevelGrant.objects.select_related("member__customer").get(pk=grant_id)
    customer = grant.member.customer
    policy = newest_policy(customer) if customer else None
    if policy is None:
        return
    announce_platform_event(
        code="verification.policy_bound",
        key=f"grant:{grant_id}",
        values={
            "policy_no": policy.policy_no,
            "customer_name": grant.member.name,
            "event_time": timezone.localtime(grant.granted_at).isoformat(timespec="seconds"),
        },
        member=grant.member,
        customer=customer,
        mobile=grant.member.mobile if grant.method == LevelGrant.Method.IN_PERSON else "",
        occurred_at=grant.granted_at,
    )


def tell_both_phones(fact: MobileChanged) -> None:
    """To the old number and to the new one, whatever the insurer's record says. One taken off before hears nothing."""
    for which, mobile in (("old", fact.old_mobile), ("new", fact.new_mobile)):
        if mobile:
            tell_of_number(mobile, key=f"{fact.key}:{which}", old=fact.old_mobile, new=fact.new_mobile)


def tell_lost_phone(fact: NumberTakenOff) -> None:
    """The number that staff took off an account: should its member have it still, they learn of it at once."""
    tell_of_number(fact.mobile, key=f"lost_number:{fact.key}", old=fact.mobile, new="")


def tell_of_number(mobile: str, *, key: str, old: str, new: str) -> None:
    """`policy_admin.contact_changed` of the account, not of a policy: the insurer's record has its number until the
    core tells of another, by the same event. Without a name, as the phone may be a stranger's by now.
    """
    announce_platform_event(
        code="policy_admin.contact_changed",
        key=key,
        values={
            "policy_no": "",
            "customer_name": "",
            "old_mobile": old and mask(old),
            "new_mobile": new and mask(new),
        },
        mobile=mobile,
    )


def move_inbox(fact: AccountsMerged) -> None:
    """What was written to an account that has ended is read in the one that was kept."""
    Message.objects.filter(member_id=fact.closed_id).update(member_id=fact.kept_id)


def tell_service_code(*, service_code_id: int, code: str) -> None:
    """`verification.otp`: what the member is to do, in the member's language, and the code for it."""
    sent = ServiceCode.objects.select_related("member").get(pk=service_code_id)
    with translation.override(sent.member.language):
        purpose = sent.get_purpose_display()
    announce_platform_event(
        code="verification.otp",
        key=f"service_code:{sent.pk}",
        values={
            "customer_name": sent.member.name,
            "otp": code,
            "service_name": str(purpose),
            "minutes": CODE_LASTS // timedelta(minutes=1),
        },
        # To the number that the member signs in with; the insurer's record may have another.
        mobile=sent.member.mobile,
        occurred_at=sent.sent_at,
    )


def tell_level_by_face(*, session_id: int) -> None:
    """`verification.advanced_passed`, of a face that raised the level."""
    session = FaceSession.objects.select_related("member").get(pk=session_id)
    announce_platform_event(
        code="verification.advanced_passed",
        key=f"face_session:{session_id}",
        values={
            "customer_name": session.member.name,
            "event_time": timezone.localtime(session.decided_at).isoformat(timespec="seconds"),
        },
        member=session.member,
        customer=session.member.customer,
    )


def tell_face_refused(*, session_id: int) -> None:
    """`verification.advanced_failed`, where somebody was refused and not merely went away.

    Not of a face that was to confirm a request: nothing was verified but the request, and its page has said so.
    """
    session = FaceSession.objects.select_related("member").get(pk=session_id)
    if session.request or session.reason in FaceSession.NOT_COUNTED:
        return
    with translation.override(session.member.language):
        announce_platform_event(
            code="verification.advanced_failed",
            key=f"face_session:{session_id}",
            values={
                "customer_name": session.member.name,
                "reason": gettext("it could not be told for certain that it was you"),
            },
            member=session.member,
            customer=session.member.customer,
        )


def tell_suspected_transaction(*, session_id: int) -> None:
    """`verification.suspicious_transaction`, to the policyholder as the insurer's record has them: whoever stood
    before the camera may have the phone of the account, too. Which request it was, only its hash is known of.
    """
    session = FaceSession.objects.select_related("member__customer").get(pk=session_id)
    member = session.member
    policy = newest_policy(member.customer) if member.customer else None
    if policy is None:
        return
    with translation.override(member.language):
        service_name = gettext("a request that asks for your face")
    announce_platform_event(
        code="verification.suspicious_transaction",
        key=f"face_session:{session_id}",
        values={
            "policy_no": policy.policy_no,
            "customer_name": member.name,
            "event_time": timezone.localtime(session.decided_at).isoformat(timespec="seconds"),
            "service_name": service_name,
        },
        member=member,
        customer=member.customer,
    )


def newest_policy(customer: Customer) -> Policy | None:
    return (
        Policy.objects.filter(roles__customer=customer, status__in=Policy.LIVE).order_by("-effective_on", "-pk").first()
    )
