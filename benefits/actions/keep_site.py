"""Writes a site, new or changed, with its hours and with the services that it offers."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import ngettext

from benefits.actions.change_slots import booked_to_come, bookings_without_slot, spread_capacity
from benefits.actions.lock_network import lock_network, lock_places
from benefits.models import OpeningHours, Service, Site, SiteService
from benefits.network.cells import Hours


@dataclass(frozen=True)
class Offer:
    """Of a service at a site: as a SiteService says."""

    slot_minutes: int
    capacity: int
    is_offered: bool


class SlotsAreBooked(Exception):
    """Slots can't become longer or shorter while `booked` coming ones of this `service` have guests."""

    def __init__(self, service: Service, booked: int) -> None:
        super().__init__(service, booked)
        self.service = service
        self.booked = booked

    def __str__(self) -> str:
        return ngettext(
            "%(booked)s coming slot is booked, so slots keep their length until it is over.",
            "%(booked)s coming slots are booked, so slots keep their length until those are over.",
            self.booked,
        ) % {"booked": self.booked}


class HoursAreBooked(Exception):
    """Of a `weekday`, 0 for Monday: `booked` coming bookings would have no slot in the new hours."""

    def __init__(self, weekday: int, booked: int) -> None:
        super().__init__(weekday, booked)
        self.weekday = weekday
        self.booked = booked

    def __str__(self) -> str:
        return ngettext(
            "%(booked)s coming booking has no slot in these hours: move or cancel it first.",
            "%(booked)s coming bookings have no slot in these hours: move or cancel them first.",
            self.booked,
        ) % {"booked": self.booked}


@transaction.atomic
def keep_site(*, site: Site, hours: Mapping[int, Hours], offers: Mapping[Service, Offer | None]) -> Site:
    """`hours`: all that is said of a weekday, 0 for Monday. `offers`: None where there was nothing and is nothing.

    A new capacity counts for slots to come, which never have fewer places than guests.

    Raises SlotsAreBooked, HoursAreBooked.
    """
    lock_network()
    site.save()
    lock_places([site.pk])
    for (_site_id, weekday), booked in bookings_without_slot({(site.pk, day): hours[day] for day in hours}).items():
        raise HoursAreBooked(weekday, booked)
    for weekday, spans in hours.items():
        site.hours.filter(weekday=weekday).delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(site=site, weekday=weekday, opens=opens, closes=closes) for opens, closes in spans
        )
    for service, offer in offers.items():
        if offer:
            keep_offer(site, service, offer)
    return site


def keep_offer(site: Site, service: Service, offer: Offer) -> None:
    stored = SiteService.objects.filter(site=site, service=service).first()
    if stored and stored.slot_minutes != offer.slot_minutes and (booked := booked_to_come(stored)):
        raise SlotsAreBooked(service, booked)
    kept, _created = SiteService.objects.update_or_create(
        site=site,
        service=service,
        defaults={
            "slot_minutes": offer.slot_minutes,
            "capacity": offer.capacity,
            "is_offered": offer.is_offered,
        },
    )
    spread_capacity(kept)
