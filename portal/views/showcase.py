"""The showcase: somebody's phone, mailbox and letterbox, live. Only in the demo; everybody in it is invented."""

import hashlib
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from members.actions.add_reference_photo import add_reference_photo
from members.catalogue import EventSpec, event_specs
from members.face.frames import UnreadableFrame
from members.face.seams import NoUsablePhoto
from members.models import Language, OneTimeCode, Policy, ReferencePhoto
from members.phone import mask
from notifications.models import Letter
from notifications.sandbox import client
from notifications.sandbox.client import SandboxUnreachable
from portal.showcase.devices import Devices, received
from portal.showcase.dials_form import BOTH, DialsForm
from portal.showcase.people import NoSuchPerson, Person, find, interesting, newest_code, person_of
from portal.showcase.sample_events import (
    DEFAULT_TYPE,
    SampleEventForm,
    offered_types,
    sample_values,
    send_sample,
)

#: The parts of a person's page that change by themselves; each has a template of its name.
PANES = ("sms", "wechat", "inbox", "mails", "letters", "timeline")
#: Of these the phone shows one at a time.
APPS = PANES[:3]


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


def demo_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """404 outside the demo."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return checked


@demo_only
def choose(request: HttpRequest) -> HttpResponse:
    """The start: suggestions, and a search. Sent by POST: names and numbers belong in no address."""
    text = request.POST.get("text", "")
    found = find(text) if request.method == "POST" else None
    if found and len(found) == 1:
        return redirect("showcase-person", found[0].code)
    if found == [] and (code := newest_code(text)):
        return redirect("showcase-phone", code.pk)
    return render(request, "portal/showcase/choose.html", {"text": text, "found": found, "suggestions": interesting()})


@demo_only
@require_safe
def show_person(request: HttpRequest, code: str) -> HttpResponse:
    person = person_or_404(code)
    spec, policy = chosen(request.GET, person)
    return render_person(request, person, dials_form(person), sample_context(person, spec, policy))


@demo_only
@require_safe
def show_phone(request: HttpRequest, code_id: UUID) -> HttpResponse:
    """The phone that a code went to: its owner's page, or the text messages alone where nobody is known to have it."""
    mobile = get_object_or_404(OneTimeCode, pk=code_id).mobile
    if found := find(mobile):
        return redirect("showcase-person", found[0].code)
    shown = {"masked_mobile": mask(mobile), "content": received("sms", [mobile])}
    return render(request, "portal/showcase/any_phone.html", shown)


@demo_only
@require_safe
def show_live(request: HttpRequest, code: str) -> HttpResponse:
    """The panes that differ from what the page has (it sends their digests); 204 when none does."""
    panes = rendered_panes(request, person_or_404(code))
    changed = {name: pane for name, pane in panes.items() if request.GET.get(name) != pane["digest"]}
    if not changed:
        return HttpResponse(status=204)
    return render(request, "portal/showcase/live.html", {"panes": changed})


@demo_only
@require_safe
def show_sample(request: HttpRequest, code: str) -> HttpResponse:
    """The form of the chosen event type (htmx); without scripts the whole page does it."""
    person = person_or_404(code)
    spec, policy = chosen(request.GET, person)
    return render(request, "portal/showcase/sample.html", {"person": person, **sample_context(person, spec, policy)})


@demo_only
@require_POST
def send_event(request: HtmxRequest, code: str) -> HttpResponse:
    person = person_or_404(code)
    spec, policy = chosen(request.POST, person)
    form = SampleEventForm(request.POST, spec=spec, language=Language.current())
    outcome = ""
    if form.is_valid():
        sent = send_sample(spec=spec, person=person, policy=policy, data=form.cleaned_data)
        outcome = sent.outcome
        if sent.result.fault:
            form.fault(sent.result.fault.pointer, sent.result.fault.detail)
    if outcome and not request.htmx:
        messages.success(request, outcome)
        return redirect("showcase-person", code)
    context = {"person": person, **sample_context(person, spec, policy)}
    if not outcome:
        context["form"] = form
    if request.htmx:
        return render(request, "portal/showcase/sample.html", {**context, "outcome": outcome})
    return render_person(request, person, dials_form(person), context, status=422)


@demo_only
@require_POST
def set_dials(request: HtmxRequest, code: str) -> HttpResponse:
    person = person_or_404(code)
    form = DialsForm(request.POST, auto_id="dial-%s", label_suffix="")
    if not form.is_valid():
        return render_person(request, person, form, sample_context(person, *chosen({}, person)), status=422)
    service = form.cleaned_data["service"]
    try:
        client.turn_dials("" if service == BOTH else service, form.changes(addresses(person)))
        messages.success(request, _("The provider now behaves like this."))
    except SandboxUnreachable:
        messages.error(request, _("The sandbox provider does not answer."))
    return redirect("showcase-person", code)


@demo_only
@require_POST
def keep_photo(request: HttpRequest, code: str) -> HttpResponse:
    """The photo that this person's face is compared with."""
    person, photo = person_or_404(code), request.FILES.get("photo")
    if not person.customer:
        raise Http404
    try:
        add_reference_photo(customer=person.customer, photo=photo.read() if photo else b"")
    except UnreadableFrame:
        messages.error(request, _("This is no picture that we can read: JPEG, PNG or WebP, at most 10 MB."))
    except NoUsablePhoto:
        messages.error(request, _("There has to be one face in the picture, and only one."))
    else:
        messages.success(request, _("The photo is kept. Verify by face as this person now."))
    return redirect("showcase-person", code)


@demo_only
@require_safe
def open_letter(request: HttpRequest, code: str, letter_id: int) -> FileResponse:
    """The archived PDF of one of this person's letters."""
    letter = get_object_or_404(Letter, pk=letter_id, recipient=person_or_404(code).code)
    return FileResponse(letter.document.open(), content_type="application/pdf", filename=f"letter-{letter.pk}.pdf")


@demo_only
@require_safe
def open_attachment(request: HttpRequest, code: str, key: str, number: int) -> FileResponse:
    """An attachment of one of the mails that this person received; PDF opens, anything else is saved."""
    for mail in Devices(person_or_404(code)).mails:
        if mail.key == key and number < len(mail.attachments):
            attachment = mail.attachments[number]
            return FileResponse(
                BytesIO(attachment.content),
                content_type=attachment.media_type,
                filename=attachment.name,
                as_attachment=attachment.media_type != "application/pdf",
            )
    raise Http404


def render_person(
    request: HttpRequest, person: Person, dials: DialsForm | None, sample: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The whole page. The phone opens on the first of its apps that holds anything."""
    panes = rendered_panes(request, person)
    app = next((name for name in APPS if panes[name]["count"]), APPS[0])
    has_photo = ReferencePhoto.objects.filter(customer=person.customer).exists()
    context = {**sample, "person": person, "panes": panes, "app": app, "dials": dials, "has_photo": has_photo}
    return render(request, "portal/showcase/person.html", context, status=status)


def person_or_404(code: str) -> Person:
    try:
        return person_of(code)
    except NoSuchPerson as error:
        raise Http404 from error


def chosen(query: Any, person: Person) -> tuple[EventSpec, Policy | None]:
    """The event type and the person's policy that the address or form names, else the first ones."""
    policies = person.policies
    policy = policies.filter(policy_no=query.get("policy", "")[:20]).first() or policies.first()
    codes = [code for _, types in offered_types(person, policy, "en") for code, _ in types]
    wanted = query.get("type", "")
    code = wanted if wanted in codes else DEFAULT_TYPE if DEFAULT_TYPE in codes else codes[0]
    return event_specs()[code], policy


def sample_context(person: Person, spec: EventSpec, policy: Policy | None) -> dict[str, Any]:
    """What the sample event's form shows. Texts in it are in the reader's language, values in the person's."""
    language = (person.member and person.member.language) or (person.customer and person.customer.language) or ""
    values = sample_values(spec, person, policy, "en" if language == "en" else "zh-hans")
    return {
        "spec": spec,
        "english": Language.current() == Language.ENGLISH,
        "policy": policy,
        "policies": list(person.policies[:30]),
        "types": offered_types(person, policy, Language.current()),
        "form": SampleEventForm(initial=values, spec=spec, language=Language.current()),
    }


def dials_form(person: Person) -> DialsForm | None:
    try:
        return DialsForm.showing(client.dials(), addresses(person))
    except SandboxUnreachable:
        return None


def addresses(person: Person) -> set[str]:
    return {*person.mobiles, *person.openids}


def rendered_panes(request: HttpRequest, person: Person) -> dict[str, dict[str, Any]]:
    """Each pane's HTML with a digest of it, by which a later request tells whether anything changed."""
    devices = Devices(person)
    panes = {}
    for name in PANES:
        content = getattr(devices, name)
        shown = {"person": person, "content": content, "english": Language.current() == Language.ENGLISH}
        html = render_to_string(f"portal/showcase/{name}.html", shown, request)
        digest = hashlib.sha256(html.encode()).hexdigest()[:16]
        panes[name] = {"html": html, "digest": digest, "count": len(content or ())}
    return panes
