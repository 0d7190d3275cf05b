"""A member puts somebody of their family on the list of those for whom they may book."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from benefits.booking_rules import require_level
from benefits.models import FamilyGuest
from benefits.models.guest import PLACES
from benefits.refusals import (
    BirthDateDiffers,
    FamilyListFull,
    ListedAlready,
    NotACustomer,
    NotFamilyYourself,
)
from members.documents import document_number
from members.models import Customer, Level, Member
from members.resident_id import parse_resident_id


@transaction.atomic
def list_family_guest(
    *, member: Member, name: str, relation: FamilyGuest.Relation, id_no: str, birth_date: date
) -> FamilyGuest:
    """Who is listed already with the same words stays as they are: sent twice, it is one.

    `id_no`: a resident ID, which tells the birth date, too; both are asked for, so that a slip of the finger in either
    is noticed. Raises NotADocumentNumber, and BenefitRefused: NotACustomer, BenefitNeedsLevel, BirthDateDiffers,
    NotFamilyYourself, ListedAlready, FamilyListFull.
    """
    if member.customer_id is None:
        raise NotACustomer
    require_level(member, Level.VERIFIED)
    today = timezone.localdate()
    number = document_number(Customer.IdType.RESIDENT_ID, id_no, today=today)
    if parse_resident_id(number, today=today).birth_date != birth_date:
        raise BirthDateDiffers
    guest = FamilyGuest(name=name.strip(), relation=relation, birth_date=birth_date, id_no=number)
    # Of two who are added at once the second one waits here, and finds the place of the first one taken.
    guest.customer = Customer.objects.select_for_update(no_key=True).get(pk=member.customer_id)
    listed = list(FamilyGuest.objects.listed().filter(customer=guest.customer))
    for other in listed:
        if other.id_no == guest.id_no:
            if (other.name, other.relation) == (guest.name, guest.relation):
                return other
            raise ListedAlready
    if guest.customer.id_no == guest.id_no:
        raise NotFamilyYourself
    free = set(range(1, PLACES + 1)) - {other.place for other in listed}
    if not free:
        raise FamilyListFull(PLACES)
    guest.place = min(free)
    guest.save(force_insert=True)
    return guest
