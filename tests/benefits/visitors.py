"""Members with a right to have their teeth cleaned, and their families, for the tests of bookings."""

from datetime import date, datetime
from itertools import count

from benefits.actions.book_visit import book_visit
from benefits.models import Allowance, Booking, Entitlement, FamilyGuest, SiteService
from members.models import Member
from tests.benefits.network import MONDAY, at, dental_cleaning
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.accounts import verified

KEYS = count(1)


def terms(**fields: object) -> Allowance:
    """Terms of their own; as of a gold card: one visit a year, for the customer alone, 90 days apart."""
    gold = {"service": dental_cleaning(), "quota": 1, "gap_days": 90, "cancel_hours": 24}
    return Allowance.objects.create(**gold | {"product_code": f"T{next(KEYS)}"} | fields)


def entitle(member: Member, **fields: object) -> Entitlement:
    """To so many visits in 2027."""
    allowance = fields.pop("allowance", None) or terms()
    return Entitlement.objects.create(
        **{
            "customer": member.customer,
            "service": allowance.service,
            "allowance": allowance,
            "source": Entitlement.Source.PRODUCT,
            "policy": PolicyFactory(),
            "starts_on": date(2027, 1, 1),
            "ends_on": date(2027, 12, 31),
            "quota": 1,
        }
        | fields
    )


def visitor(**entitlement: object) -> Member:
    """A verified customer with an account and an entitlement."""
    member = verified(MemberFactory(customer=CustomerFactory()))
    entitle(member, **entitlement)
    return member


def family(member: Member, *, relation: str = "spouse", born: date = date(1982, 2, 3)) -> FamilyGuest:
    listed = member.customer.family_guests.listed().count()
    return FamilyGuest.objects.create(
        customer=member.customer, name="李小红", relation=relation, birth_date=born, id_no=f"{listed}", place=listed + 1
    )


def book(member: Member, place: SiteService, *, starts_at: datetime | None = None, **other: object) -> Booking:
    """On Monday at ten, with a key of its own."""
    return book_visit(
        **{
            "member": member,
            "site_service_id": place.pk,
            "starts_at": starts_at or at(MONDAY, 10),
            "key": f"key {next(KEYS)}",
        }
        | other
    )
