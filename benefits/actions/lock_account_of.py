"""Accounts are locked before what hangs on them, as whoever merges accounts does."""

from benefits.models import Booking, Case
from members.actions.lock_accounts import lock_accounts


def lock_account_of(model: type[Booking] | type[Case], pk: int) -> None:
    """The account that booked or asked, where it earns by what is done next. Raises DoesNotExist of the model."""
    locked = None
    while locked != (found := model._default_manager.values_list("member", flat=True).get(pk=pk)):
        lock_accounts(found)
        locked = found
