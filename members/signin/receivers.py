"""What Django and allauth tell by signal: into an account's history, its proofs, and its list of devices."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import user_logged_in as signed_in_by_allauth
from allauth.core.internal.httpkit import HTTP_USER_AGENT_MAX_LENGTH
from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from members.actions.close_account import reopen_account
from members.actions.record_account_event import record_account_event
from members.actions.record_proof import record_proof
from members.entrances import Entrance
from members.events import (
    AccountClosed,
    AccountsMerged,
    WaysInRevoked,
    account_closed,
    accounts_merged,
    ways_in_revoked,
)
from members.models import AccountEvent, Factor, Member, WeChatBinding
from members.sessions import session_of
from members.signin.last_seen import note_seen
from members.signin.origins import entrance_of
from members.signin.social_adapter import link_pending
from members.signin.wechat.pending import let_go_if_late

#: What allauth calls a way to sign in → the factor that it proves.
FACTORS = {("code", None): Factor.CODE, ("mfa", "webauthn"): Factor.PASSKEY}


@receiver(user_logged_in)
def record_sign_in(request: HttpRequest, user: Member, **_: Any) -> None:
    let_go_if_late(request)
    entrance = entrance_of(request)
    record_account_event(member=user, kind=AccountEvent.Kind.SIGNED_IN, entrance=entrance)
    reopen_account(member=user, entrance=entrance)


@receiver(signed_in_by_allauth)
def keep_what_was_proved(request: HttpRequest, user: Member, **_: Any) -> None:
    """The session has its final key only now: its place in the list of devices, and proofs of it."""
    entrance = entrance_of(request)
    list_device(request, user, entrance)
    for record in get_authentication_records(request, user):
        factor = FACTORS.get((record["method"], record.get("type")))
        if factor:
            record_proof(member=user, factor=factor, session=session_of(request.session.session_key), entrance=entrance)
    link_pending(request, user)
    note_seen(request.session)


def list_device(request: HttpRequest, member: Member, entrance: Entrance) -> None:
    """One statement for seven of allauth's, savepoints included; devices whose session has ended leave the list."""
    UserSession.objects.purge_and_list(member)
    if not request.session.session_key:  # another member was signed in here
        request.session.save()
    session = UserSession(
        user=member,
        session_key=request.session.session_key,
        ip=get_adapter().get_client_ip(request),
        user_agent=request.headers.get("user-agent", "")[:HTTP_USER_AGENT_MAX_LENGTH],
        data={"entrance": entrance},
    )
    UserSession.objects.bulk_create(
        [session],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "ip", "user_agent", "last_seen_at", "data"],
    )


@receiver(user_logged_out)
def record_sign_out(request: HttpRequest, user: Member | None, **_: Any) -> None:
    if user:
        record_account_event(member=user, kind=AccountEvent.Kind.SIGNED_OUT, entrance=entrance_of(request))


@receiver(accounts_merged)
def let_wechat_open_the_kept_account(fact: AccountsMerged, **_: Any) -> None:
    """Passkeys end with their account: the device keeps that account's number in them, so they can open no other."""
    SocialAccount.objects.filter(user_id=fact.closed_id).update(user_id=fact.kept_id)
    forget_ways_in(fact.closed_id)


@receiver(account_closed)
def let_nothing_open_a_closed_account(fact: AccountClosed, **_: Any) -> None:
    """Its WeChat may open another account from now on."""
    SocialAccount.objects.filter(user_id=fact.member_id).delete()
    forget_ways_in(fact.member_id)


@receiver(ways_in_revoked)
def forget_what_a_thief_may_have_added(fact: WaysInRevoked, **_: Any) -> None:
    """Nor do messages go on to a WeChat that may be a thief's."""
    WeChatBinding.objects.filter(member_id=fact.member_id).delete()
    SocialAccount.objects.filter(user_id=fact.member_id).delete()
    forget_ways_in(fact.member_id, but_of=fact.but_of)


def forget_ways_in(member_id: int, *, but_of: str = "") -> None:
    """Second factors and passkeys, and whatever is open now."""
    Authenticator.objects.filter(user_id=member_id).delete()
    end_sessions(member_id, but_of=but_of)


def end_sessions(member_id: int, *, but_of: str = "") -> None:
    """On every device, and at partners; `but_of`: the mark of a session that goes on."""
    Token.objects.filter(user_id=member_id).delete()
    for device in UserSession.objects.filter(user_id=member_id):
        if session_of(device.session_key) != but_of:
            device.end()
