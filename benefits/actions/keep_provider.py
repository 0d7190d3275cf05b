"""Writes a provider, new or changed, and begins or ends to tell its own system of bookings."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from benefits.actions.lock_network import lock_network, lock_places
from benefits.events import VisitConfirmed, visit_confirmed
from benefits.models import Booking, Provider, Site, SystemBooking
from benefits.models.booking import BookingQuerySet


@transaction.atomic
def keep_provider(*, provider: Provider) -> Provider:
    lock_network()
    had_system = provider.pk is not None and Provider.objects.get(pk=provider.pk).has_system
    if provider.pk and provider.has_system and not had_system:
        connect_systems([provider.pk])
    if had_system and not provider.has_system:
        disconnect_systems([provider.pk])
    provider.save()
    return provider


def connect_systems(provider_ids: Collection[int]) -> None:
    """From now on their own systems are told of bookings: of those that stand, too.

    A system that never heard of a visit would give its time to somebody else; and unless it is told, nothing would
    ever confirm what was booked before. Who is booking meanwhile is waited for. In the transaction of who has called
    `lock_network`.
    """
    lock_places(Site.objects.filter(provider__in=provider_ids).values_list("pk", flat=True))
    Provider.objects.filter(pk__in=provider_ids).update(has_system=True)
    SystemBooking.objects.bulk_create(
        (
            SystemBooking(booking_id=booking_id, provider_id=provider_id)
            for booking_id, provider_id in unconfirmed(provider_ids).values_list("pk", "slot__at__site__provider")
        ),
        ignore_conflicts=True,
    )


def disconnect_systems(provider_ids: Collection[int]) -> None:
    """From now on our word is all there is: what their systems have not confirmed yet is, and the members hear of it.

    In the transaction of who has called `lock_network`.
    """
    lock_places(Site.objects.filter(provider__in=provider_ids).values_list("pk", flat=True))
    Provider.objects.filter(pk__in=provider_ids).update(has_system=False)
    for booking in unconfirmed(provider_ids).order_by("pk").select_for_update(of=("self",)):
        booking.confirmed_at = timezone.now()
        booking.save(update_fields=["confirmed_at"])
        visit_confirmed.send(VisitConfirmed, fact=VisitConfirmed(booking.pk, booking.customer_id))


def unconfirmed(provider_ids: Collection[int]) -> BookingQuerySet:
    """What is booked there, is to come, and was not confirmed."""
    there = Booking.objects.coming().filter(slot__at__site__provider__in=provider_ids)
    return there.filter(slot__starts_at__gt=timezone.now(), confirmed_at=None)
