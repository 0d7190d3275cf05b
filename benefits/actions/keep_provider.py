"""Writes a provider, new or changed, and begins to tell its own system of bookings."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from benefits.actions.lock_network import lock_network, lock_places
from benefits.models import Booking, Provider, Site, SystemBooking


@transaction.atomic
def keep_provider(*, provider: Provider) -> Provider:
    lock_network()
    if provider.pk and provider.has_system and not Provider.objects.get(pk=provider.pk).has_system:
        connect_systems([provider.pk])
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
    standing = Booking.objects.coming().filter(
        slot__at__site__provider__in=provider_ids, slot__starts_at__gt=timezone.now(), confirmed_at=None
    )
    SystemBooking.objects.bulk_create(
        (
            SystemBooking(booking_id=booking_id, provider_id=provider_id)
            for booking_id, provider_id in standing.values_list("pk", "slot__at__site__provider")
        ),
        ignore_conflicts=True,
    )
