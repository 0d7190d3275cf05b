"""One at a time writes providers, sites and contracts, and nobody books meanwhile where slots change."""

from collections.abc import Iterable

from django.db import connection

from benefits.models import SiteService

NETWORK_LOCK = 0x6E657477


def lock_network() -> None:
    """Until the transaction ends. Two imports at once would write the same rows in different orders, and an import and
    a form would look at each other's contracts before either is there.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NETWORK_LOCK])


def lock_places(site_ids: Iterable[int]) -> None:
    """All that the sites offer, until the transaction ends; before what is booked there is counted.

    Who is booking has its row locked (take_place.lock_place) and is waited for, or else waits, and then reads the
    hours, slots and closed days that were written.
    """
    offered = SiteService.objects.filter(site__in=set(site_ids)).order_by("pk")
    list(offered.select_for_update().values_list("pk"))
