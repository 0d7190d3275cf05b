"""customers.csv"""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext_lazy as _

from members.book.cells import KEY_LENGTH, OneOf, boolean, day, email, mobile, moment
from members.book.faults import Fault
from members.book.sheet import Column, Reference, Sheet, Values
from members.models import Customer, Language
from members.resident_id import NotAResidentId, ResidentId, parse_resident_id

RESIDENT_ID_FAULTS = {
    "form": _("not 17 digits and a digit or X"),
    "date": _("holds a birth date that does not exist"),
    "future": _("holds a birth date in the future"),
    "check_digit": _("the check digit is wrong"),
}


def contradictions(values: Values, today: date) -> Iterator[Fault]:
    """Also writes a good resident ID back in its normal form."""
    birth_date = values.get("birth_date")
    if values.get("id_type") == Customer.IdType.RESIDENT_ID and values.get("id_no"):
        try:
            resident_id = parse_resident_id(values["id_no"], today=today)
        except NotAResidentId as error:
            yield Fault("id_no", RESIDENT_ID_FAULTS[error.reason])
        else:
            values["id_no"] = resident_id.number
            yield from disagreements(values, resident_id)
            birth_date = birth_date or resident_id.birth_date
    if values.get("guardian_no") and values["guardian_no"] == values.get("customer_no"):
        yield Fault("guardian_no", _("nobody is their own guardian"))
    if birth_date and values.get("deceased_on") and values["deceased_on"] < birth_date:
        yield Fault("deceased_on", _("before the birth"))


def disagreements(values: Values, resident_id: ResidentId) -> Iterator[Fault]:
    if values.get("birth_date") and values["birth_date"] != resident_id.birth_date:
        yield Fault("birth_date", _("does not agree with the resident ID"))
    if values.get("gender") and values["gender"] != resident_id.gender:
        yield Fault("gender", _("does not agree with the resident ID"))


def references(values: Values) -> Iterator[Reference]:
    guardian_no = values.get("guardian_no")
    if guardian_no and guardian_no != values.get("customer_no"):
        yield Reference("guardian_no", Customer, guardian_no)


CUSTOMERS = Sheet(
    "customers",
    Customer,
    (
        Column("customer_no", required=True, limit=KEY_LENGTH),
        Column("kind", OneOf(Customer.Kind), required=True),
        Column("name", required=True, limit=200),
        Column("name_en", limit=200),
        Column("gender", OneOf(Customer.Gender)),
        Column("birth_date", day, blank=None),
        Column("id_type", OneOf(Customer.IdType)),
        Column("id_no"),
        Column("id_valid_to", day, blank=None),
        Column("mobile", mobile),
        Column("email", email, limit=254),
        Column("province"),
        Column("city"),
        Column("district"),
        Column("address", limit=500),
        Column("postcode"),
        Column("language", OneOf(Language)),
        Column("eletter_consent", boolean, blank=None),
        Column("guardian_no", limit=KEY_LENGTH, field="guardian", names=Customer),
        Column("deceased_on", day, blank=None),
        Column("updated_at", moment, required=True, field="core_updated_at"),
    ),
    contradictions,
    references,
)
