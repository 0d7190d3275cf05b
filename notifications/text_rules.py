"""What a text must fulfil before anybody may save it: refused here, so that it doesn't fail when it is due."""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

from django.utils.translation import gettext as _

from members.catalogue import event_specs
from notifications.examples import example_values
from notifications.fault_wording import described
from notifications.liquid import TemplateFault, variables_of
from notifications.rendering import Text

LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{ +\{|\} +\}")

Faults = dict[str, list[str]]


@cache
def essential_variables(code: str) -> frozenset[str]:
    """What every text of this event must tell: the variables of the catalogue's Chinese SMS sample."""
    spec = event_specs().get(code)
    return frozenset(variables_of(spec.sample_zh_sms)) if spec and spec.sample_zh_sms else frozenset()


def faults_of(text: Text) -> Faults:
    """Field of the template → what is wrong with it, in the reader's language; empty when the text may go out."""
    faults: Faults = {}
    mentioned = set(text.figures)
    for field, source in (("title", text.title), ("body", text.body), ("what_to_do", text.what_to_do)):
        try:
            names = variables_of(source)
        except TemplateFault as fault:
            add(faults, field, described(fault))
            continue
        mentioned |= names
        check_declared(faults, field, names, text)
    check_declared(faults, "figures", text.figures, text)
    check_channel(faults, text)
    if faults:
        return faults
    for name in sorted(essential_variables(text.code) - mentioned):
        add(faults, "body", _("“%(name)s” is missing: every text of this event must say it.") % {"name": name})
    return faults or rendering_faults(text)


def check_declared(faults: Faults, field: str, names: Iterable[str], text: Text) -> None:
    for name in sorted(set(names) - set(text.types)):
        message = _("“%(name)s” is no variable of this event. It has: %(declared)s.")
        add(faults, field, message % {"name": name, "declared": ", ".join(text.types) or "—"})


def check_channel(faults: Faults, text: Text) -> None:
    if text.channel == "sms":
        if text.title:
            add(faults, "title", _("An SMS has no title."))
        if LINK.search(text.body):
            add(faults, "body", _("An SMS must not hold a link: customers are told that ours never do."))
        if "【" in text.body or "】" in text.body:
            add(faults, "body", _("The signature in 【】 is put there by the provider, not by the text."))
    elif not text.title:
        add(faults, "title", _("A title is needed on this channel."))
    if text.channel != "letter":
        for field in ("figures", "what_to_do"):
            if getattr(text, field):
                add(faults, field, _("Only a letter has this."))


def rendering_faults(text: Text) -> Faults:
    """A trial with the examples."""
    try:
        rendered = trial(text)
    except TemplateFault as fault:
        return {"body": [described(fault)]}
    faults: Faults = {}
    for field, result in rendered.items():
        if getattr(text, field) and not result:
            add(faults, field, _("With the examples this comes out empty."))
        if LEFT_OVER.search(result):
            add(faults, field, _("Braces are left over: a variable is written {{ name }}."))
    if not text.body:
        add(faults, "body", _("A text is needed."))
    return faults


def trial(text: Text) -> dict[str, str]:
    """What each field becomes with the examples. Raises TemplateFault."""
    values = example_values(text.types, text.language)
    if text.channel == "letter":
        letter = text.render_letter(values, addressee="", postal_lines=(), reference="", dated_on=date(2026, 3, 10))
        paragraphs = {"body": letter.paragraphs, "what_to_do": letter.what_to_do}
        return {"title": letter.title} | {field: "\n\n".join(found) for field, found in paragraphs.items()}
    title, body = text.render(values)
    return {"title": title, "body": body}


def add(faults: Faults, field: str, message: str) -> None:
    faults.setdefault(field, []).append(message)
