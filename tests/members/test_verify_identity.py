"""From registered to verified: what matches, what is counted, and that nobody learns which part was wrong."""

import time
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles

import pytest
import time_machine
from django.utils import timezone

from members.actions.count_attempt import TooManyAttempts
from members.actions.record_proof import record_proof
from members.actions.verify_identity import (
    AnotherPersonsAccount,
    Claim,
    IdentityNotMatched,
    PersonHasAccount,
    verify_identity,
)
from members.assurance import Context, FactorNeeded
from members.documents import NotADocumentNumber, document_number
from members.entrances import Entrance
from members.minors import GuardianNeeded
from members.models import AccountEvent, Consent, Customer, Factor, Level, LevelGrant
from members.origin import Origin
from members.queries import level_of
from members.resident_id import calc_check_digit
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory

pytestmark = pytest.mark.django_db
SESSION = "a" * 64
AT_WEB = Context(entrance=Entrance.WEB, session=SESSION)
ORIGIN = Origin(entrance=Entrance.WEB, ip="192.0.2.1", device="alices-phone")


def resident_id(first: str) -> str:
    return first + calc_check_digit(first + "0")


ALICES_ID = resident_id("31010419800517002")


@pytest.fixture
def insured_alice():
    customer = CustomerFactory(
        name="王䶮", id_type="resident_id", id_no=ALICES_ID, mobile="+8613800000001", customer_no="C1"
    )
    PolicyFactory(policy_no="P1", policyholder=customer)
    return customer


@pytest.fixture
def alice():
    member = MemberFactory(mobile="+8613800000001", name="")
    record_proof(member=member, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
    return member


def claim(**changed):
    return Claim(**{"name": "王䶮", "id_type": Customer.IdType.RESIDENT_ID, "id_no": ALICES_ID, **changed})


def verify(member, context=AT_WEB, origin=ORIGIN, **changed):
    return verify_identity(member=member, claim=claim(**changed), context=context, origin=origin)


def test_name_document_and_phone_match(alice, insured_alice):
    grant = verify(alice)
    alice.refresh_from_db()
    assert (alice.customer, alice.name, level_of(alice)) == (insured_alice, "王䶮", Level.VERIFIED)
    assert (grant.method, grant.entrance, grant.expires_at) == ("identity_match", "web", None)


def test_second_time_is_the_same_grant(alice, insured_alice):
    assert verify(alice) == verify(alice)
    assert LevelGrant.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"id_no": ALICES_ID[:6] + " " + ALICES_ID[6:14] + "-" + ALICES_ID[14:]},
        {"id_no": ALICES_ID.translate({ord("0") + n: ord("０") + n for n in range(10)})},
        {"name": " 王 䶮 "},
    ],
    ids=["grouped", "full-width", "spaced name"],
)
def test_typed_as_people_type(alice, insured_alice, typed):
    assert verify(alice, **typed).level == Level.VERIFIED


def test_dots_in_a_name_are_dots_however_they_are_typed(alice, insured_alice):
    Customer.objects.update(name="买买提·艾力")
    assert verify(alice, name="买买提•艾力").level == Level.VERIFIED


@pytest.mark.parametrize(
    ("document", "number"),
    [
        ("passport", "E12345678"),
        ("hk_macao_permit", "H1234567801"),
        ("taiwan_permit", "12345678"),
        ("foreign_pr_card", "USA310082051712"),
        ("foreign_pr_card", "911124198108030024"),
        ("resident_id", resident_id("82000019800517002")),
        ("resident_id", resident_id("44030619650101001")),
    ],
)
def test_other_documents_and_regions_that_a_list_would_refuse(alice, insured_alice, document, number):
    insured_alice.id_type, insured_alice.id_no = document, number
    insured_alice.save()
    assert verify(alice, id_type=document, id_no=number).level == Level.VERIFIED


@pytest.mark.parametrize(
    ("document", "number", "reason"),
    [
        ("resident_id", ALICES_ID[:-1] + ("1" if ALICES_ID[-1] != "1" else "2"), "check_digit"),
        ("resident_id", resident_id("31010419801317002"), "date"),
        ("resident_id", resident_id("31010429801217002"), "future"),
        ("resident_id", "31010419", "form"),
        ("passport", "E1", "form"),
        ("hk_macao_permit", "X12345678", "form"),
        ("uscc", "91310000MA1FL0000X", "form"),
    ],
)
def test_what_can_be_nobodys_number_is_said_at_once_and_not_counted(alice, document, number, reason):
    for _ in range(6):
        with pytest.raises(NotADocumentNumber) as fault:
            verify(alice, id_type=document, id_no=number)
        assert fault.value.reason == reason
    assert not AccountEvent.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "王小明"},
        {"id_no": resident_id("31010419800517004")},
        {"id_type": "passport", "id_no": ALICES_ID},
    ],
    ids=["name", "document", "kind of document"],
)
def test_whatever_is_wrong_the_answer_is_the_same(alice, insured_alice, wrong):
    with pytest.raises(IdentityNotMatched) as refusal:
        verify(alice, **wrong)
    assert refusal.value.args == ()
    alice.refresh_from_db()
    assert (alice.customer, level_of(alice)) == (None, Level.REGISTERED)
    assert [event.kind for event in AccountEvent.objects.all()] == ["match_failed"]


def test_phone_that_is_not_the_insurers_matches_nobody(insured_alice):
    mallory = MemberFactory(mobile="+8613800000666")
    record_proof(member=mallory, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
    with pytest.raises(IdentityNotMatched):
        verify(mallory)


def test_dead_match_nobody(alice, insured_alice):
    Customer.objects.update(deceased_on=date(2026, 1, 1))
    with pytest.raises(IdentityNotMatched):
        verify(alice)


def test_two_records_of_one_person_are_for_people_to_sort_out(alice, insured_alice):
    CustomerFactory(name="王䶮", id_type="resident_id", id_no=ALICES_ID, mobile="+8613800000001")
    with pytest.raises(IdentityNotMatched):
        verify(alice)


def test_without_a_fresh_code_nothing_is_asked(insured_alice):
    with pytest.raises(FactorNeeded):
        verify(MemberFactory(mobile="+8613800000001"))


def test_person_with_another_account_is_led_to_it(alice, insured_alice):
    older = MemberFactory(customer=insured_alice)
    with pytest.raises(PersonHasAccount) as refusal:
        verify(alice)
    assert refusal.value.member_id == older.pk
    assert level_of(alice) == Level.REGISTERED


def test_child_is_linked_only_when_a_guardian_has_agreed(alice, insured_alice):
    Customer.objects.update(birth_date=timezone.localdate() - timedelta(days=365 * 10))
    with pytest.raises(GuardianNeeded):
        verify(alice)
    assert level_of(alice) == Level.REGISTERED
    guardian = CustomerFactory()
    Customer.objects.filter(pk=insured_alice.pk).update(guardian=guardian)
    Consent.objects.create(
        member=alice,
        kind=Consent.Kind.GUARDIAN,
        version=1,
        language="zh-hans",
        text_hash=b"0" * 32,
        entrance="counter",
        by=MemberFactory(is_staff=True),
    )
    assert verify(alice).level == Level.VERIFIED


def test_no_account_passes_from_one_person_to_another(alice, insured_alice):
    """Its passkeys, WeChat and letters would be the other's, and so would the consents."""
    before = CustomerFactory()
    alice.customer = before
    alice.save()
    with pytest.raises(AnotherPersonsAccount):
        verify(alice)
    alice.refresh_from_db()
    assert alice.customer == before
    assert level_of(alice) == Level.REGISTERED


def test_account_loses_its_levels_when_it_changes_to_another_record_of_the_same_person(alice, insured_alice):
    alice.customer = CustomerFactory(name="王䶮", id_type="resident_id", id_no=ALICES_ID, mobile="+8613800000009")
    alice.save()
    LevelGrant.objects.create(
        member=alice, level=Level.VERIFIED, method="identity_match", evidence="customer:0", entrance="web"
    )
    verify(alice)
    old, new = LevelGrant.objects.order_by("id")
    assert (old.revocation, new.revoked_at) == ("relinked", None)


def test_five_a_day_for_an_account(alice, insured_alice):
    with time_machine.travel(datetime(2026, 11, 25, 4, tzinfo=UTC)) as clock:
        for number in range(5):
            record_proof(member=alice, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
            with pytest.raises(IdentityNotMatched):
                verify(alice, id_no=resident_id(f"3101041970051700{number}"))
        with pytest.raises(TooManyAttempts) as refusal:
            verify(alice)
        assert refusal.value.kind == "identity_by_account"
        assert refusal.value.until == datetime(2026, 11, 25, 16, tzinfo=UTC)  # midnight in Shanghai
        clock.move_to(refusal.value.until + timedelta(seconds=1))
        assert verify(alice).level == Level.VERIFIED


def test_three_a_day_for_a_document_whoever_claims_it(insured_alice, alice):
    for number in range(3):
        stranger = MemberFactory()
        record_proof(member=stranger, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
        with pytest.raises(IdentityNotMatched):
            verify(stranger, origin=Origin(entrance=Entrance.WEB, ip=f"192.0.2.{number}", device=str(number)))
    with pytest.raises(TooManyAttempts) as refusal:
        verify(alice)
    assert refusal.value.kind == "identity_by_document"


def test_one_device_does_not_try_many_documents(insured_alice):
    for number in range(10):
        stranger = MemberFactory()
        record_proof(member=stranger, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
        with pytest.raises(IdentityNotMatched):
            verify(stranger, id_no=resident_id(f"3101041970051700{number}"))
    stranger = MemberFactory()
    record_proof(member=stranger, factor=Factor.CODE, session=SESSION, entrance=Entrance.WEB)
    with pytest.raises(TooManyAttempts) as refusal:
        verify(stranger, id_no=resident_id("31010419600517002"))
    assert refusal.value.kind == "identity_by_device"


KNOWN, UNKNOWN = {"name": "李四"}, {"name": "李四", "id_no": resident_id("31010419700517004")}


def timing_tells(member) -> bool:
    """Whether a hundred answers each tell a document that exists from one that doesn't, through the noise."""

    def seconds(wrong):
        started = time.perf_counter()
        with pytest.raises(IdentityNotMatched):
            verify(member, **wrong)
        return time.perf_counter() - started

    of_known, of_unknown = [], []
    for turn in range(100):  # whichever comes first may be the slower one
        for wrong, found in [(KNOWN, of_known), (UNKNOWN, of_unknown)][:: 1 if turn % 2 else -1]:
            found.append(seconds(wrong))
    # A busy machine only adds, so the quickest tenth says most; two halves of one kind differ by noise alone.
    noise = max(abs(quick(times[::2]) - quick(times[1::2])) for times in (of_known, of_unknown))
    return abs(quick(of_known) - quick(of_unknown)) > max(3 * noise, 0.1 * quick(of_unknown))


def quick(times: list[float]) -> float:
    return quantiles(times, n=10)[0]


@pytest.fixture
def uncounted(monkeypatch):
    monkeypatch.setattr(
        "members.actions.verify_identity.count_attempts", lambda *, subjects: dict.fromkeys(subjects, 1)
    )


def test_document_that_exists_costs_the_same_questions_and_time(
    insured_alice, alice, uncounted, django_assert_num_queries
):
    for wrong in (KNOWN, UNKNOWN):
        with django_assert_num_queries(4), pytest.raises(IdentityNotMatched):
            verify(alice, **wrong)
    assert not timing_tells(alice)


def test_control_a_check_that_is_made_only_where_there_is_a_record_tells(insured_alice, alice, uncounted, monkeypatch):
    def thorough(customer, member, claim):
        if customer.pk:
            time.sleep(0.02)
        return False

    monkeypatch.setattr("members.actions.verify_identity.agree", thorough)
    assert timing_tells(alice)


def test_document_numbers_are_put_in_one_form():
    today = date(2026, 11, 25)
    assert document_number("passport", " e1234-5678 ", today=today) == "E12345678"
    assert document_number("resident_id", ALICES_ID.lower(), today=today) == ALICES_ID
