"""What the member says of a visit afterwards."""

from django.db import transaction
from django.utils import timezone

from benefits.actions.end_booking import locked_booking
from benefits.actions.lock_account_of import lock_account_of
from benefits.events import VisitRated, visit_rated
from benefits.models import Booking
from benefits.refusals import NotVisited

LONGEST_WORDS = 500


@transaction.atomic
def rate_visit(*, booking_id: int, rating: int, words: str = "") -> Booking:
    """`rating`: 1 to 5. Once; the same again changes nothing. Raises Booking.DoesNotExist, ValueError, NotVisited."""
    words = words.strip()
    if not 1 <= rating <= 5 or len(words) > LONGEST_WORDS:
        raise ValueError("a rating is 1 to 5, with at most 500 characters")
    lock_account_of(Booking, booking_id)
    booking = locked_booking(booking_id)
    if (booking.rating, booking.rating_words) == (rating, words):
        return booking
    if booking.state != Booking.State.COMPLETED or booking.rating is not None:
        raise NotVisited
    booking.rating, booking.rated_at, booking.rating_words = rating, timezone.now(), words
    booking.save(update_fields=["rating", "rated_at", "rating_words"])
    fact = VisitRated(booking.pk, booking.customer_id, booking.member_id, rating)
    visit_rated.send(VisitRated, fact=fact)
    return booking
