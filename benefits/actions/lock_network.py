"""One at a time writes providers, sites and contracts."""

from django.db import connection

NETWORK_LOCK = 0x6E657477


def lock_network() -> None:
    """Until the transaction ends. Two imports at once would write the same rows in different orders, and an import and
    a form would look at each other's contracts before either is there.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NETWORK_LOCK])
