"""One message: its timeline, its text on request, and what a person may decide about it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin.views import generic
from wagtail.log_actions import log

from members.models import Member
from members.phone import mask
from notifications.actions.redrive_messages import REDRIVABLE, redrive_messages, settle_uncertain
from notifications.letters.content import LetterContent
from notifications.models import Channel, Letter, Message
from notifications.timeline import reason_text, timeline

READ, DECIDE = "notifications.read_message", "notifications.redrive_message"
LETTERS = (Channel.ELETTER, Channel.LETTER)
# What logs a person in is never shown to another.
SECRET_VARIABLES = {"otp"}


class MessagePage(generic.InspectView):
    template_name = "notifications/staff/message.html"
    page_title = gettext_lazy("Message")

    def get_page_subtitle(self) -> str:
        return f"{self.object.event_type.name} · {self.object.get_channel_display()}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message: Message = self.object
        user = self.request.user
        return super().get_context_data(
            message=message,
            moments=timeline(message),
            reason=reason_text(message),
            address=masked(message.address or ""),
            siblings=Message.objects.filter(cause=message.cause).exclude(pk=message.pk).order_by("pk"),
            letter=letter_of(message),
            may_read=user.has_perm(READ) and not is_secret(message) and bool(message.body),
            may_redrive=user.has_perm(DECIDE) and message.state in REDRIVABLE,
            may_settle=user.has_perm(DECIDE) and message.state == Message.State.UNCERTAIN,
            **kwargs,
        )


def masked(address: str) -> str:
    """Enough of an address to recognise it by."""
    if "@" in address:
        name, _, host = address.partition("@")
        return f"{name[:1]}***@{host}"
    if not address:
        return "—"
    return mask(address) if address.startswith("+") else address[:2] + "***"


def is_secret(message: Message) -> bool:
    return bool(SECRET_VARIABLES & set(message.event_type.variables))


def letter_of(message: Message) -> Letter | None:
    if message.channel not in LETTERS:
        return None
    return Letter.objects.filter(cause=message.cause, recipient=message.recipient).first()


def message_for(request: HttpRequest, pk: int, permission: str) -> tuple[Message, Member]:
    """The message, if this person may; else PermissionDenied or 404."""
    user = request.user
    if not isinstance(user, Member) or not user.has_perm(permission):
        raise PermissionDenied
    return get_object_or_404(Message.objects.select_related("event_type"), pk=pk), user


def back_to(message: Message) -> HttpResponse:
    return redirect(reverse("notification_messages:inspect", args=[message.pk]))


@require_POST
def redrive(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends once more."""
    message, user = message_for(request, pk, DECIDE)
    if redrive_messages(messages=Message.objects.filter(pk=pk), by=user):
        messages.success(request, _("The message is on its way again."))
    else:
        messages.error(request, _("It could not be sent again; the reason stands below."))
    return back_to(message)


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Records that an uncertain message did go out."""
    message, user = message_for(request, pk, DECIDE)
    if settle_uncertain(message=message, by=user):
        messages.success(request, _("Recorded as sent."))
    return back_to(message)


@require_POST
def show_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The text as the customer got it; who looked is recorded."""
    message, user = message_for(request, pk, READ)
    if is_secret(message):
        raise PermissionDenied
    if not message.body:
        raise Http404  # parked without a text
    log(instance=message, action="notifications.read_text", user=user)
    letter = LetterContent.from_json(message.body) if message.channel in LETTERS else None
    return render(request, "notifications/staff/message_text.html", {"message": message, "letter": letter})


@require_POST
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The archived document; who looked is recorded."""
    message, user = message_for(request, pk, READ)
    found = letter_of(message)
    if found is None:
        raise Http404
    log(instance=message, action="notifications.read_text", user=user)
    with found.document.open() as file:
        answer = HttpResponse(file.read(), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="letter-{found.pk}.pdf"'
    return answer
