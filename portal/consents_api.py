"""Consents in the app: what there is to agree to, agreeing, and taking back as easily."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.responses import Status

from members.actions.give_consent import give_consent, withdraw_consent
from members.consents import NEEDED, current_text
from members.entrances import Entrance
from members.models import Consent, Language
from portal.app_session import GuardiansConsent, SessionToken, from_the_app
from portal.member_api import REFUSED
from portal.visitors import member_of

KINDS = tuple(kind for kind in Consent.Kind if kind != Consent.Kind.GUARDIAN)
#: Open to whoever has not agreed yet.
router = Router(tags=["member"], auth=SessionToken())


class ConsentOut(Schema):
    kind: str
    version: int
    needed: bool = Field(description="without it there is no account")
    title: str
    summary: str
    body: list[str] = Field(description="paragraphs")
    given: str = Field(description="what follows from agreeing")
    withdrawn: str = Field(description="what follows from not agreeing, or taking it back")
    agreed_version: int | None
    agreed_at: datetime | None


class AgreementIn(Schema):
    kind: Consent.Kind
    version: int


@router.get("/me/consents", response={200: list[ConsentOut], **REFUSED}, summary="What one agreed to, or may")
def consents(request: HttpRequest) -> list[ConsentOut]:
    """The words in force, in the reader's language, each with the version that the member agreed to."""
    live = {consent.kind: consent for consent in member_of(request).consents.live()}
    return [shown(kind, live.get(kind)) for kind in KINDS]


def shown(kind: Consent.Kind, agreed: Consent | None) -> ConsentOut:
    text = current_text(kind, Language.current())
    return ConsentOut(
        kind=kind,
        version=text.version,
        needed=kind in NEEDED,
        title=text.title,
        summary=text.summary,
        body=list(text.body),
        given=text.given,
        withdrawn=text.withdrawn,
        agreed_version=agreed.version if agreed else None,
        agreed_at=agreed.given_at if agreed else None,
    )


@router.post("/me/consents", response={201: ConsentOut, **REFUSED}, summary="Agree")
def agree(request: HttpRequest, agreement: AgreementIn) -> Status:
    """To the version that was shown; `text_outdated` where other words are in force by now."""
    consent = give_consent(
        member=member_of(request),
        kind=own(agreement.kind),
        version=agreement.version,
        language=Language.current(),
        entrance=Entrance.APP,
    )
    return Status(201, shown(agreement.kind, consent))


@router.delete("/me/consents/{kind}", response={204: None, **REFUSED}, summary="Take a consent back")
def take_back(request: HttpRequest, kind: Consent.Kind) -> Status:
    """What rested on it ends at once. `needed_for_account`: whoever takes this one back closes the account."""
    withdraw_consent(member=member_of(request), kind=own(kind), context=from_the_app(request))
    return Status(204, None)


def own(kind: Consent.Kind) -> Consent.Kind:
    """Raises GuardiansConsent."""
    if kind not in KINDS:
        raise GuardiansConsent
    return kind
