"""What was done on the account, for the app: the same lines as on the web, newest first."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from members.assurance import require_assurance
from members.queries import account_history
from portal.app_session import AgreedMember, from_the_app
from portal.history import ON_A_PAGE, Happened
from portal.member_api import LARGEST_ID, REFUSED
from portal.visitors import member_of

router = Router(tags=["member"], auth=AgreedMember())


class HappenedOut(Schema):
    id: int
    kind: str
    title: str = Field(description="in plain words, in the reader's language")
    detail: str = Field(description="which level, which consent, why; may be empty")
    at: datetime
    entrance: str = Field(description="web, wechat, app, counter, hotline or video_call")
    by_staff: bool


class HistoryOut(Schema):
    events: list[HappenedOut]
    next_before: int | None = Field(description="ask again with it for what came before; null at the beginning")


@router.get("/me/history", response={200: HistoryOut, **REFUSED}, summary="What was done on one's account")
def history(
    request: HttpRequest,
    before: int | None = Query(None, ge=1, le=LARGEST_ID, description="older than this one"),
) -> HistoryOut:
    """Newest first, 20 at a time, whichever entrance it was done at."""
    member = member_of(request)
    require_assurance(member, "profile.view", from_the_app(request))
    older = account_history(member)
    if before:
        older = older.filter(pk__lt=before)
    found = list(older[: ON_A_PAGE + 1])
    shown = [Happened.of(event) for event in found[:ON_A_PAGE]]
    return HistoryOut(
        events=[
            HappenedOut(
                id=one.id, kind=one.kind, title=one.title, detail=one.detail, at=one.at, entrance=one.entrance.value,
                by_staff=one.by_staff,
            )
            for one in shown
        ],
        next_before=shown[-1].id if len(found) > ON_A_PAGE else None,
    )  # fmt: skip
