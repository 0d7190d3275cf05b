"""What the member says of a case afterwards."""

from django.db import transaction
from django.utils import timezone

from benefits.actions.lock_account_of import lock_account_of
from benefits.actions.rate_visit import LONGEST_WORDS
from benefits.case_access import case_of_member, locked_case
from benefits.events import CaseRated, case_rated
from benefits.models import Case
from benefits.refusals.case import NotDone
from members.models import Member


@transaction.atomic
def rate_case(*, case_id: int, member: Member, rating: int, words: str = "") -> Case:
    """`rating`: 1 to 5. Once; the same again changes nothing. Raises Case.DoesNotExist, ValueError, NotDone."""
    words = words.strip()
    if not 1 <= rating <= 5 or len(words) > LONGEST_WORDS:
        raise ValueError("a rating is 1 to 5, with at most 500 characters")
    lock_account_of(Case, case_of_member(member, case_id).pk)
    case = locked_case(case_id)
    if (case.rating, case.rating_words) == (rating, words):
        return case
    if case.state != Case.State.DONE or case.rating is not None:
        raise NotDone
    case.rating, case.rated_at, case.rating_words = rating, timezone.now(), words
    case.save(update_fields=["rating", "rated_at", "rating_words"])
    case_rated.send(CaseRated, fact=CaseRated(case.pk, case.customer_id, case.member_id, rating))
    return case
