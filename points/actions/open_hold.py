"""Setting points aside for something that is not certain yet."""

import hashlib
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from points.actions.post_batch import lock
from points.books import Books
from points.models import Hold, HoldPart
from points.refusals import KeyConflict, UnusableDates
from points.requests import Spending


def open_hold(*, member_id: int, points: int, scope: str, key: str, reason: str, expires_at: datetime) -> Hold:
    """Sets `points` of the lots that expire first aside, until `expires_at`; they are the member's still.

    The same key again answers with the hold as it is by now. Raises LedgerRefusal: KeyConflict, UnknownMember,
    InsufficientPoints, UnusableDates (an end that is past) and what Spending raises.
    """
    # The same points, chosen by the same rule, as spending them would take.
    asked = Spending(member_id=member_id, points=points, scope=scope, key=key, reason=reason)
    digest = hashlib.sha256(f"{asked.hash()} {expires_at.timestamp()}".encode()).digest()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            books, _ = lock(cursor, [asked], timezone.now())
            # Under the lock: whoever waited for the same request finds it here, and not its points gone.
            return same_hold(scope, key, digest) or set_aside(asked, books, digest, expires_at)
    except IntegrityError as fault:  # another member's, at this moment
        if "points_hold_once" not in str(fault):
            raise
        raise KeyConflict from fault


def set_aside(asked: Spending, books: Books, digest: bytes, expires_at: datetime) -> Hold:
    if expires_at <= books.at:
        raise UnusableDates
    parts = books.take(asked.member_id, asked.points)
    hold = Hold.objects.create(
        account_id=books.standing(asked.member_id).account_id,
        scope=asked.scope,
        key=asked.key,
        request_hash=digest,
        points=asked.points,
        reason=asked.reason,
        expires_at=expires_at,
    )
    HoldPart.objects.bulk_create(HoldPart(hold=hold, lot_id=lot, points=part) for lot, part in parts)
    return hold


def same_hold(scope: str, key: str, digest: bytes) -> Hold | None:
    """Raises KeyConflict."""
    hold = Hold.objects.filter(scope=scope, key=key).first()
    if hold and bytes(hold.request_hash) != digest:
        raise KeyConflict
    return hold
