"""The face check: consent and preparation on a page, then the camera with a few lines of script."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from allauth.account.utils import get_next_redirect_url
from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from members.actions.give_consent import TextOutdated, give_consent
from members.actions.start_face_session import start_face_session
from members.actions.submit_face_frames import (
    FaceSessionUnknown,
    NonceSpent,
    WrongNumberOfFrames,
    WrongStep,
    submit_face_frames,
)
from members.assurance import AssuranceRefused, require_assurance
from members.consents import NoSuchText, current_text
from members.face.protocol import MAY_BE_LEFT_OUT, MOST_FRAMES, Action
from members.face.rules import FaceNotPossible, FacePaused
from members.minors import GuardianNeeded
from members.models import Consent, FaceSession, Language
from members.queries import has_live_consent
from members.signin.origins import context_of
from portal.assured import refused
from portal.face_words import HINTS, refusal_words
from portal.refusals import clock, words_for
from portal.views.confirm_it_is_you import bound_to
from portal.visitors import member_of

FACE = Consent.Kind.FACE
#: What the camera's script says.
CAMERA_WORDS = {
    "rest": _("Look straight into the camera"),
    "deciding": _("Thank you. We are comparing …"),
    "forbidden": _(
        "The camera was not allowed. Allow it in the settings of the browser or of WeChat, then begin again."
    ),
    "none": _("No camera was found here. Please use a phone."),
    "busy": _("Another program is using the camera. Close it, and begin again."),
    "unsupported": _("This browser can't open a camera. Please open the page in another one, or in WeChat."),
    "broken": _("The connection broke. Nothing was counted; please begin again."),
}
#: In the session: which request a face that passes is to confirm (hex of its hash), and where to go then.
PURPOSE = "face_purpose"
LARGEST_BODY = MOST_FRAMES * 700_000


def why_not(refusal: FaceNotPossible) -> str:
    """In the reader's language, with the way that remains."""
    counter = _("You can always be verified by our staff instead: at a counter, or by video with your document.")
    words = {
        "too_young": _("Under 14 we take no face pictures."),
        "no_consent": _("Without your consent we take no pictures."),
        "review_pending": _("Two of our people are looking at your last try. You will hear from us within a day."),
    }
    if isinstance(refusal, FacePaused):
        paused = _("That was often enough for now. You can try again after %(time)s.")
        return f"{paused % {'time': clock(refusal.until)}} {counter}"
    return f"{words.get(refusal.code, '')} {counter}"


@never_cache
@require_safe
@login_required
def prepare(request: HttpRequest) -> HttpResponse:
    """What will happen, the separate consent, and the movements that a member can't make.

    `for`: the one request that the face is to confirm, as the hex of its hash. `next`: where one goes on then; `back`:
    where one was before.
    """
    member, confirms = member_of(request), bound_to(request)
    try:
        require_assurance(member, "face.confirm" if confirms else "face.verify", context_of(request))
    except AssuranceRefused as refusal:
        return refused(request, refusal)
    request.session[PURPOSE] = {"request": confirms.hex(), "next": get_next_redirect_url(request) or ""}
    return render(
        request,
        "portal/me/face.html",
        {
            "back": get_next_redirect_url(request, "back") or reverse("me"),
            "consent": None if has_live_consent(member, FACE) else current_text(FACE, Language.current()),
            "words": {name: str(text) for name, text in CAMERA_WORDS.items()},
            "all_moves": Action.choices,
            "can_be_left_out": [(action.value, action.label) for action in Action if action in MAY_BE_LEFT_OUT],
        },
    )


@never_cache
@require_POST
@login_required
def start(request: HttpRequest) -> JsonResponse:
    """`consent=on` gives it; `without` names movements to leave out. Answers as `told`, with the nonce.

    `outdated`: too much time has passed since the page came; loaded again, it says what is missing, in the words that
    are in force.
    """
    member = member_of(request)
    confirms = request.session.get(PURPOSE, {}).get("request", "")
    context = replace(context_of(request), request=bytes.fromhex(confirms))
    try:
        if request.POST.get("consent") == "on":
            give_consent(
                member=member,
                kind=FACE,
                version=int(request.POST.get("version", "")),
                language=Language.current(),
                entrance=context.entrance,
            )
        started = start_face_session(member=member, context=context, without=left_out(request.POST.getlist("without")))
    except FaceNotPossible as refusal:
        return JsonResponse({"error": refusal.code, "words": why_not(refusal)}, status=409)
    except GuardianNeeded as refusal:
        return JsonResponse({"error": "guardian_needed", "words": words_for(refusal)}, status=409)
    except (AssuranceRefused, TextOutdated, NoSuchText, ValueError):
        return JsonResponse({"error": "outdated"}, status=403)
    return JsonResponse(told(started.session) | {"nonce": started.nonce})


def left_out(names: Iterable[str]) -> list[Action]:
    return [action for action in MAY_BE_LEFT_OUT if action.value in names]


class InMemory(MemoryFileUploadHandler):
    """Whatever its size: a picture of a face is never written to a temporary file. LARGEST_BODY is the limit."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


@csrf_exempt  # the token is in the body, which may be read only after the handler is chosen
@never_cache
@require_POST
@login_required
def frames(request: HttpRequest) -> HttpResponse:
    """The pictures of one step: `nonce`, `step`, `frame` several times."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        return JsonResponse({"error": "too_large"}, status=413)
    request.upload_handlers = [InMemory(request)]
    return take_frames(request)


@csrf_protect
def take_frames(request: HttpRequest) -> HttpResponse:
    try:
        session = submit_face_frames(
            member=member_of(request),
            nonce=request.POST.get("nonce", ""),
            step=int(request.POST.get("step", "")),
            pictures=[upload.read() for upload in request.FILES.getlist("frame")],
        )
    except WrongStep as fault:
        return JsonResponse({"error": "wrong_step", "expected": fault.expected}, status=409)
    except (FaceSessionUnknown, NonceSpent):
        return JsonResponse({"error": "nonce_spent"}, status=409)
    except (WrongNumberOfFrames, ValueError):
        return JsonResponse({"error": "wrong_frames"}, status=422)
    return JsonResponse(told(session))


@never_cache
@require_safe
@login_required
def state(request: HttpRequest) -> JsonResponse:
    return JsonResponse(told(newest(request)))


def told(session: FaceSession) -> dict[str, Any]:
    """What the script needs to know: which step, what to ask, or that it is over."""
    return {
        "state": session.state,
        "step": session.step,
        "looked_at": session.guidance == FaceSession.OK,
        "hint": str(HINTS.get(session.guidance, "")) if session.step == 0 else "",
        "action": session.asked,
        "ask": str(Action(session.asked).label) if session.asked else "",
        "of": len(session.challenge),
        "seconds": max(0, round((session.step_due_at - timezone.now()).total_seconds())),
    }


@never_cache
@require_safe
@login_required
def result(request: HttpRequest) -> HttpResponse:
    """How the newest check ended; while it is being decided the page asks again by itself."""
    session = newest(request)
    purpose = request.session.get(PURPOSE, {})
    if session.outcome == FaceSession.Outcome.PASS and purpose.get("next"):
        return redirect(purpose["next"])
    why, now = refusal_words(session.reason) if session.outcome == FaceSession.Outcome.FAIL else ("", "")
    shown = {"session": session, "why": why, "now": now, "again": another_try(session, purpose)}
    return render(request, "portal/me/face_result.html", shown)


def another_try(session: FaceSession, purpose: dict[str, str]) -> str:
    """Where the check begins anew: for the same request, if it was about one, and on to where the member was going."""
    kept = {"for": session.request.hex() if session.request else "", "next": purpose.get("next", "")}
    return f"{reverse('face-verify')}?{urlencode({name: value for name, value in kept.items() if value})}"


def newest(request: HttpRequest) -> FaceSession:
    session = FaceSession.objects.filter(member=member_of(request)).order_by("-started_at", "-pk").first()
    if session is None:
        raise Http404
    return session
