"""Brings providers, sites, hours, services, closed days, contracts and prices up to a batch of good rows."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from benefits.actions.change_slots import booked_to_come, bookings_without_slot, spread_capacity
from benefits.actions.keep_provider import connect_systems, disconnect_systems
from benefits.actions.lock_network import lock_network, lock_places
from benefits.models import BlackoutDay, Contract, OpeningHours, Provider, Service, Site
from benefits.network.sheets import BLACKOUT_DAYS, CONTRACTS, OPENING_HOURS, PROVIDERS, SITE_SERVICES, SITES
from members.book.delivery import Outcome
from members.book.faults import Fault
from members.book.references import Ids, attributes_of
from members.book.sheet import Row, Sheet

Refused = dict[int, list[Fault]]
#: What a row is known by, as the model keeps it.
Key = tuple[Any, ...]


@transaction.atomic
def mirror_network_rows(*, sheet: Sheet, rows: Sequence[Row], ids: Ids) -> Outcome:
    """Creates and updates, by natural key; rows have different keys. Nothing is deleted but hours and closed days.

    Refuses a contract that overlaps another one of the provider, another provider of a site or contract, a service that
    is not booked or not the provider's, another length of slots while some are booked, and hours in which what is
    booked has no slot.
    """
    lock_network()
    if sheet in (OPENING_HOURS, SITE_SERVICES, BLACKOUT_DAYS):
        lock_places(ids[Site, row.values["site_no"]] for row in rows)
    if sheet is OPENING_HOURS:
        return mirror_hours(rows, ids)
    if sheet is BLACKOUT_DAYS:
        return Outcome(mirror_closed_days(rows, ids), frozenset())
    wanted = {key_of(sheet, attributes_of(sheet, row, ids)): row for row in rows}
    stored = stored_rows(sheet, wanted)
    refused: Refused = {}
    if sheet in (SITES, CONTRACTS):
        refused = of_other_provider(wanted, stored, ids)
    if sheet is CONTRACTS:
        refused |= overlapping([row for row in rows if row.line not in refused], ids)
    if sheet is SITE_SERVICES:
        refused = of_other_length(wanted, stored) | not_served(rows, ids)
    if sheet is PROVIDERS:
        said = {key: row.values["has_system"] for key, row in wanted.items()}
        connect_systems([kept.pk for key, kept in stored.items() if said[key] and not kept.has_system])
        disconnect_systems([kept.pk for key, kept in stored.items() if said[key] is False and kept.has_system])
    counts: Counter[str] = Counter()
    to_write = []
    for key, row in wanted.items():
        old, attributes = stored.get(key), attributes_of(sheet, row, ids)
        if row.line in refused:
            continue
        if sheet is PROVIDERS and attributes["has_system"] is None:
            attributes["has_system"] = old is not None and old.has_system
        if old is not None and all(getattr(old, name) == value for name, value in attributes.items()):
            counts["unchanged"] += 1
            continue
        counts["created" if old is None else "updated"] += 1
        to_write.append(sheet.model(**attributes))
    key_fields = fields_of_key(sheet)
    sheet.model._default_manager.bulk_create(
        to_write,
        update_conflicts=True,
        unique_fields=key_fields,
        update_fields=[field for field, _model in sheet.fields.values() if field not in key_fields],
    )
    if sheet is SITE_SERVICES:
        for key, offer in stored_rows(sheet, wanted).items():
            if key in stored and stored[key].capacity != offer.capacity:
                spread_capacity(offer)
    return Outcome(counts, frozenset(), refused)


def fields_of_key(sheet: Sheet) -> list[str]:
    return [sheet.fields[column.name][0] for column in sheet.columns[: sheet.keys]]


def key_of(sheet: Sheet, attributes: Mapping[str, Any]) -> Key:
    """`attributes`: of a row, or of what is stored of it."""
    named = (sheet.fields[column.name] for column in sheet.columns[: sheet.keys])
    return tuple(attributes[f"{field}_id" if model else field] for field, model in named)


def stored_rows(sheet: Sheet, wanted: Mapping[Key, Row]) -> dict[Key, Any]:
    """By key. Takes a few more than are wanted where a key has two halves."""
    names = fields_of_key(sheet)
    near = {f"{name}__in": {key[place] for key in wanted} for place, name in enumerate(names)}
    found = {key_of(sheet, vars(row)): row for row in sheet.model._default_manager.filter(**near)}
    return {key: row for key, row in found.items() if key in wanted}


def overlapping(rows: Sequence[Row], ids: Ids) -> Refused:
    """Rows are taken in their order: of two that overlap each other the second is refused."""
    numbers = [row.values["contract_no"] for row in rows]
    providers = {attributes_of(CONTRACTS, row, ids)["provider_id"] for row in rows}
    held: dict[str, Contract] = {}
    for contract in Contract.objects.filter(provider__in=providers) | Contract.objects.filter(contract_no__in=numbers):
        held[contract.contract_no] = contract
    of_provider: dict[int, dict[str, Contract]] = defaultdict(dict)
    for contract in held.values():
        of_provider[contract.provider_id][contract.contract_no] = contract
    refused: Refused = {}
    for row in rows:
        contract = Contract(**attributes_of(CONTRACTS, row, ids))
        others = (
            each for each in of_provider[contract.provider_id].values() if each.contract_no != contract.contract_no
        )
        if other := next((each for each in others if each.overlaps(contract)), None):
            refused[row.line] = [Fault("starts_on", overlap_message(other))]
            continue
        if before := held.get(contract.contract_no):
            of_provider[before.provider_id].pop(contract.contract_no, None)
        held[contract.contract_no] = of_provider[contract.provider_id][contract.contract_no] = contract
    return refused


def overlap_message(other: Contract) -> Any:
    return format_lazy(
        _("overlaps contract {number} of this provider, {starts} to {ends}"),
        number=other.contract_no,
        starts=other.starts_on,
        ends=other.ends_on,
    )


def of_other_provider(wanted: Mapping[Key, Row], stored: Mapping[Key, Any], ids: Ids) -> Refused:
    return {
        wanted[key].line: [Fault("provider_no", _("can't be changed: the bookings and prices are its provider's"))]
        for key, kept in stored.items()
        if kept.provider_id != ids[Provider, wanted[key].values["provider_no"]]
    }


def not_served(rows: Sequence[Row], ids: Ids) -> Refused:
    """A provider of any kind may have them: a hospital may clean teeth, too."""
    codes = {row.line: ids[Service, row.values["service_code"]] for row in rows}
    visits = set(Service.objects.filter(mode=Service.Mode.SLOT).values_list("pk", flat=True))
    fault = Fault("service_code", _("is not booked for a time at a place"))
    return {line: [fault] for line, service_id in codes.items() if service_id not in visits}


def of_other_length(wanted: Mapping[Key, Row], stored: Mapping[Key, Any]) -> Refused:
    refused: Refused = {}
    for key, offer in stored.items():
        row = wanted[key]
        if row.values["slot_minutes"] != offer.slot_minutes and (booked := booked_to_come(offer)):
            fault = format_lazy(_("can't be changed while coming slots are booked ({booked})"), booked=booked)
            refused[row.line] = [Fault("slot_minutes", fault)]
    return refused


def mirror_hours(rows: Sequence[Row], ids: Ids) -> Outcome:
    """A row is all that is said of a weekday: hours that it does not name are gone."""
    counts: Counter[str] = Counter()
    # The file counts the days of the week as ISO 8601 does, the model as Python does.
    keyed = {(ids[Site, row.values["site_no"]], row.values["weekday"] - 1): row for row in rows}
    stored: dict[Key, list[Any]] = defaultdict(list)
    for site_id, weekday, opens, closes in OpeningHours.objects.filter(
        site__in={site_id for site_id, _weekday in keyed}
    ).values_list("site_id", "weekday", "opens", "closes"):
        stored[site_id, weekday].append((opens, closes))
    changed = {key: row for key, row in keyed.items() if sorted(stored.get(key, [])) != row.values["hours"]}
    counts["unchanged"] = len(keyed) - len(changed)
    booked = bookings_without_slot({key: row.values["hours"] for key, row in changed.items()})
    refused = {changed[key].line: [Fault("hours", no_slot_message(count))] for key, count in booked.items()}
    to_write = []
    for (site_id, weekday), row in changed.items():
        if row.line in refused:
            continue
        counts["updated" if (site_id, weekday) in stored else "created"] += 1
        OpeningHours.objects.filter(site=site_id, weekday=weekday).delete()
        to_write += [
            OpeningHours(site_id=site_id, weekday=weekday, opens=opens, closes=closes)
            for opens, closes in row.values["hours"]
        ]
    OpeningHours.objects.bulk_create(to_write)
    return Outcome(counts, frozenset(), refused)


def no_slot_message(booked: int) -> Any:
    return format_lazy(_("coming bookings have no slot in these hours ({booked})"), booked=booked)


def mirror_closed_days(rows: Sequence[Row], ids: Ids) -> Counter[str]:
    counts: Counter[str] = Counter()
    keyed = {(ids[Site, row.values["site_no"]], row.values["day"]): row for row in rows}
    found = BlackoutDay.objects.filter(site__in={key[0] for key in keyed}, day__in={key[1] for key in keyed})
    stored = {(closed.site_id, closed.day): closed for closed in found}
    to_write, to_open = [], []
    for (site_id, day), row in keyed.items():
        old, reason, closes = stored.get((site_id, day)), row.values["reason"], row.values["closed"]
        if old.reason == reason if old and closes else bool(old) == closes:
            counts["unchanged"] += 1
        elif closes:
            counts["updated" if old else "created"] += 1
            to_write.append(BlackoutDay(site_id=site_id, day=day, reason=reason))
        elif old:
            counts["updated"] += 1
            to_open.append(old.pk)
    BlackoutDay.objects.filter(pk__in=to_open).delete()
    BlackoutDay.objects.bulk_create(
        to_write, update_conflicts=True, unique_fields=["site", "day"], update_fields=["reason"]
    )
    return counts
