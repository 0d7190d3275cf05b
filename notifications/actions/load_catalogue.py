"""Loading the catalogue: event types, their routes and the default texts, without undoing what staff have set."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from members.catalogue import EventSpec, event_specs
from notifications.actions.publish_templates import publish_templates
from notifications.models import EventType, Priority, Template
from notifications.models.event_type import ROUTE
from notifications.shipped_texts import FOLDER, MissingTexts, ShippedText, ShippedTexts
from notifications.text_rules import faults_of

#: Facts of the catalogue, which staff don't change.
FACTS = ("area", "platform", "name_zh", "name_en", "trigger", "basis", "variables")
ROWS_PER_STATEMENT = 500


class FaultyTexts(Exception):
    """Default texts that may not go out (notifications.text_rules)."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass
class Loaded:
    """What a load did. `differences`: what staff have set otherwise than what is shipped; it stays."""

    event_types_created: int = 0
    event_types_updated: int = 0
    templates_created: int = 0
    templates_updated: int = 0
    differences: list[str] = field(default_factory=list)


@transaction.atomic
def load_catalogue(*, folder: Path = FOLDER) -> Loaded:
    """Brings event types and texts up to what is shipped; loading again changes nothing.

    Raises MissingTexts, FaultyTexts (each names all), ValueError for files that can't be read; then nothing is stored.
    """
    shipped, loaded = ShippedTexts(folder), Loaded()
    wanted = {spec.code: route_of(spec) | {"mandatory": shipped.mandatory(spec)} for spec in event_specs().values()}
    texts = {
        (spec.code, channel, language): text
        for spec in event_specs().values()
        for (channel, language), text in shipped.of(spec, wanted[spec.code]["channels"]).items()
    }
    if missing := [" ".join(key) for key, text in texts.items() if text is None]:
        raise MissingTexts(missing)
    load_event_types(wanted, shipped, loaded)
    load_templates({key: text for key, text in texts.items() if text}, loaded)
    return loaded


def route_of(spec: EventSpec) -> dict[str, Any]:
    """The shipped route. A platform event of which members are told goes to the inbox first; others to nobody."""
    told = ["member"] if spec.platform and spec.notify else []
    return {
        "recipients": list(spec.recipients) or told,
        "channels": list(spec.channels) or (["app", "wechat", "sms"] if told else []),
        "mandatory": spec.mandatory,
        "priority": int(Priority[spec.priority.upper()]),
        "respects_quiet_hours": spec.quiet_hours == "respect",
        "letter_required": spec.letter_required,
        "deadline": spec.deadline,
        "day_count": spec.day_count,
    }


def load_event_types(wanted: dict[str, dict[str, Any]], shipped: ShippedTexts, loaded: Loaded) -> None:
    known = EventType.objects.select_for_update().in_bulk()
    new = []
    for code, route in wanted.items():
        spec = event_specs()[code]
        facts = {name: getattr(spec, name) for name in FACTS} | {"variables": shipped.variables(spec)}
        event_type = known.get(code)
        if event_type is None:
            new.append(EventType(code=code, shipped=route, **facts, **route))
            continue
        if update_event_type(event_type, facts, route):
            event_type.save()
            loaded.event_types_updated += 1
        loaded.differences += [
            f"{code} {name}: set to {ours!r}, shipped {theirs!r}"
            for name, (ours, theirs) in event_type.differences.items()
        ]
    EventType.objects.bulk_create(new)
    loaded.event_types_created = len(new)


def update_event_type(event_type: EventType, facts: dict[str, Any], route: dict[str, Any]) -> bool:
    """Takes over the facts, and of the route what staff have left as it was shipped. True if anything changed."""
    before = {name: getattr(event_type, name) for name in (*FACTS, *ROUTE, "shipped")}
    for name, value in route.items():
        if getattr(event_type, name) == event_type.shipped.get(name):
            setattr(event_type, name, value)
    for name, value in facts.items():
        setattr(event_type, name, value)
    event_type.shipped = route
    return before != {name: getattr(event_type, name) for name in before}


def load_templates(texts: dict[tuple[str, str, str], ShippedText], loaded: Loaded) -> None:
    event_types = EventType.objects.in_bulk()
    rows = Template.objects.select_for_update(of=("self",)).select_related("event_type")
    known = {(row.event_type_id, row.channel, row.language): row for row in rows}
    new, changed, redigested, faults = [], [], [], []
    for key, text in texts.items():
        code, channel, language = key
        template = known.get(key)
        if template is None:
            template = Template(event_type=event_types[code], channel=channel, language=language)
            new.append(template)
        elif template.shipped_digest == text.digest:
            if touched(template):
                loaded.differences.append(f"{' '.join(key)}: the text was changed here, or is not live")
            continue
        elif touched(template):
            loaded.differences.append(f"{' '.join(key)}: the text was changed here, and what is shipped changed too")
            template.shipped_digest = text.digest
            redigested.append(template)
            continue
        else:
            changed.append(template)
        take_over(template, text)
        faults += [
            f"{' '.join(key)} {name}: {message}"
            for name, messages in faults_of(template.as_text()).items()
            for message in messages
        ]
    if faults:
        raise FaultyTexts(faults)
    Template.objects.bulk_update(redigested, ["shipped_digest"], batch_size=ROWS_PER_STATEMENT)
    publish_templates(new + changed)
    loaded.templates_created, loaded.templates_updated = len(new), len(changed)


def take_over(template: Template, text: ShippedText) -> None:
    template.title, template.body = text.title, text.body
    template.figures, template.what_to_do = list(text.figures), text.what_to_do
    template.shipped_digest = text.digest


def touched(template: Template) -> bool:
    """Whether staff have written, drafted or withdrawn something here."""
    content = ShippedText(template.title, template.body, tuple(template.figures), template.what_to_do)
    return not template.live or template.has_unpublished_changes or content.digest != template.shipped_digest
