import pytest
from django.db import connection

from members.crypto import CannotOpen, blind_index, seal, unseal
from members.models import Customer
from tests.factories import CustomerFactory, MemberFactory

pytestmark = pytest.mark.django_db


def test_phone_is_sealed_in_the_database_and_plain_in_python():
    customer = CustomerFactory(mobile="+8613812345678")
    with connection.cursor() as cursor:
        cursor.execute("SELECT mobile FROM members_customer WHERE id = %s", [customer.pk])
        stored = bytes(cursor.fetchone()[0])
    assert b"13812345678" not in stored
    assert Customer.objects.get(pk=customer.pk).mobile == "+8613812345678"


def test_customer_is_found_by_the_blind_index_of_the_phone():
    customer = CustomerFactory(mobile="+8613812345678")
    CustomerFactory(mobile="+8613812345679")
    assert Customer.objects.get(mobile_index=blind_index("+8613812345678", "mobile")) == customer


def test_the_same_phone_has_one_index_in_every_table():
    customer = CustomerFactory(mobile="+8613812345678")
    member = MemberFactory(mobile="+8613812345678")
    assert bytes(customer.mobile_index) == bytes(member.mobile_index)


def test_a_sealed_value_does_not_open_in_another_column():
    with pytest.raises(CannotOpen):
        unseal(seal(b"secret", "members.customer.mobile"), "members.customer.email")


@pytest.mark.parametrize("length", [0, 1, 5, 13, 28])
def test_a_sealed_value_that_was_cut_short_does_not_open(length):
    with pytest.raises(CannotOpen):
        unseal(seal(b"", "members.customer.mobile")[:length], "members.customer.mobile")


def test_filtering_by_a_sealed_field_is_refused():
    with pytest.raises(TypeError, match="blind index"):
        Customer.objects.filter(mobile="+8613812345678").exists()


def test_an_unknown_phone_stays_empty():
    customer = CustomerFactory(mobile="")
    customer.refresh_from_db()
    assert customer.mobile == ""
    assert customer.mobile_index is None
