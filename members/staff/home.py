"""What staff see first in the admin: what waits for somebody's decision, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.components import Component

from members.models import AccountBlock, BookImport, FaceReview, LevelReview, ParkedEvent, PolicyChange, PolicyEvent

#: Functions from a request to the things waiting that its user may see; every package registers its own.
HOOK = "register_waiting"


@dataclass(frozen=True)
class Waiting:
    """`count` of something; `advice` says what a person does about it, at `url`."""

    count: int
    what: str | Promise
    advice: str | Promise
    url: str


#: Functions from a request to the work that its user may begin; every package registers its own.
WORK_HOOK = "register_work"


@dataclass(frozen=True)
class Work:
    """Something that a person may do at `url`, and what comes of it, in a sentence."""

    what: str | Promise
    words: str | Promise
    url: str


class WorkPanel(Component):
    template_name = "members/staff/home_work.html"
    order = 60

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = (parent_context or {})["request"]
        return {"work": [each for look in hooks.get_hooks(WORK_HOOK) for each in look(request)]}


class WaitingPanel(Component):
    template_name = "members/staff/home_waiting.html"
    order = 50

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = (parent_context or {})["request"]
        seen = [waiting for look in hooks.get_hooks(HOOK) for waiting in look(request)]
        return {"may_see_any": bool(seen), "waiting": [each for each in seen if each.count]}


def members_waiting(request: HttpRequest) -> list[Waiting]:
    """Events that somebody has to look at, and imports that are going on."""
    may = request.user.has_perm
    found = []
    if may("members.view_parkedevent"):
        found.append(
            Waiting(
                ParkedEvent.objects.unsettled().count(),
                _("Parked events"),
                _("The platform could not act on them. Read the reason, have it mended, then try again."),
                reverse("parked_events:index"),
            )
        )
    if may("members.view_policyevent"):
        found.append(
            Waiting(
                PolicyEvent.objects.waiting_too_long().count(),
                _("Events waiting for more than 72 hours"),
                _("Their policy or customer is not in the book. Ask for it, and hand it in with the next import."),
                reverse("waiting_events:index"),
            )
        )
    if may("members.decide_policychange"):
        others = PolicyChange.objects.filter(decision="").exclude(proposed_by=request.user.pk)
        found.append(
            Waiting(
                others.count(),
                _("Proposed terms of actions"),
                _("Somebody wants actions to ask for something else. Compare, then approve or reject."),
                f"{reverse('policy_changes:index')}?decision=open",
            )
        )
    if may("members.decide_facereview"):
        mine = FaceReview.objects.filter(votes__by=request.user.pk)
        others_faces = FaceReview.objects.open().exclude(pk__in=mine).exclude(session__member=request.user.pk)
        found.append(
            Waiting(
                others_faces.count(),
                _("Faces to compare"),
                _("A member waits for the answer. Compare the pictures; two people who say the same decide."),
                f"{reverse('face_reviews:index')}?state=open",
            )
        )
    files = reverse("member_files:index")
    if may("members.review_member"):
        found.append(
            Waiting(
                LevelReview.objects.filter(decision="").exclude(proposed_by=request.user.pk).count(),
                _("Proposed advanced levels"),
                _("Look at the record of the evidence, then grant or refuse."),
                f"{files}?waiting=review",
            )
        )
    if may("members.release_member"):
        proposed = AccountBlock.objects.filter(released_at=None, release_proposed_by__isnull=False)
        found.append(
            Waiting(
                proposed.exclude(release_proposed_by=request.user.pk).count(),
                _("Proposed unblockings"),
                _("Read what was found, then unblock or send back."),
                f"{files}?waiting=release",
            )
        )
    if may("members.add_bookimport"):
        going_on = BookImport.objects.filter(state__in=[BookImport.State.WAITING, BookImport.State.RUNNING])
        found.append(
            Waiting(
                going_on.count(),
                _("Imports going on"),
                _("See how far they are; afterwards, download the rows that were put aside and have them mended."),
                reverse("book_imports:index"),
            )
        )
    return found
