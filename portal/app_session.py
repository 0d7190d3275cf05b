"""Who asks the member's API, by the token of allauth's protocol, and whether they may go on."""

from dataclasses import replace

from allauth.headless.contrib.ninja.security import XSessionTokenAuth
from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.http import HttpRequest

from members.api import Problem
from members.assurance import Context
from members.entrances import Entrance
from members.intake.faults import FaultCode
from members.models import Member
from members.queries import consents_to_give
from members.signin.origins import context_of


class ConsentNeeded(Exception):
    """The member has not agreed to what the account rests on, or to words no longer in force."""


class GuardiansConsent(Exception):
    """The consent of a parent or guardian is neither given nor taken back by the child."""


class SessionToken(XSessionTokenAuth):
    """The member whose token it is; the session is the request's from then on, and its entrance the app."""

    def __call__(self, request: HttpRequest) -> Member:
        found = authenticate_by_x_session_token(self.get_session_token(request) or "")
        if not found:
            raise Problem(401, FaultCode.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
        member, request.session = found
        request.user = member
        return member


class AgreedMember(SessionToken):
    """One who has agreed to what the account rests on, as the pages ask it. Raises ConsentNeeded."""

    def __call__(self, request: HttpRequest) -> Member:
        member = super().__call__(request)
        if consents_to_give(member):
            raise ConsentNeeded
        return member


def from_the_app(request: HttpRequest) -> Context:
    return replace(context_of(request), entrance=Entrance.APP)
