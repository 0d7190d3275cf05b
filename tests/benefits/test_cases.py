"""Cases: opened on an entitlement, looked after at a provider, ended one way or another."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.utils import IntegrityError
from django.utils import timezone

from benefits import events
from benefits.actions.end_case import cancel_case, decline_case, finish_case
from benefits.actions.rate_case import rate_case
from benefits.actions.show_number import show_number
from benefits.actions.take_case import take_case
from benefits.actions.tell_overdue_cases import tell_overdue_cases
from benefits.actions.write_in_case import write_as_member, write_as_provider
from benefits.case_access import case_of_member
from benefits.models import Case, CaseMessage, ContractPrice, DeskWorker, Entitlement, Service
from benefits.queries.cases import cities_of_kind
from benefits.refusals import (
    BenefitNeedsLevel,
    FamilyQuotaUsedUp,
    GuestNotListed,
    NotACustomer,
    NotEntitled,
    NotForFamily,
    OpenAlready,
    QuotaUsedUp,
    RequestConflict,
)
from benefits.refusals.case import (
    CaseEnded,
    CityNotCovered,
    DocumentNeeded,
    NobodyServes,
    NotDone,
    NothingWritten,
    NotTheOwner,
    OpenedByHotline,
    OutsideHours,
    OwnCase,
    TakenMeanwhile,
    TooLong,
)
from benefits.refusals.document import NotADocument
from members.events import AccountsMerged, accounts_merged
from members.models import Level
from members.roles import Role
from tests.benefits.desk_cast import (
    ask,
    case_provider,
    case_service,
    customer_member,
    entitle,
    facts_of,
    manager,
    mother_of,
    patient,
    pdf,
    worker_at,
)
from tests.benefits.network import SHANGHAI
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import staff

pytestmark = pytest.mark.django_db
State = Case.State


@pytest.fixture(autouse=True)
def clock(private):
    """A Monday at ten, in March."""
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=SHANGHAI), tick=False) as traveller:
        yield traveller


@pytest.fixture
def doctors():
    return case_provider()


@pytest.fixture
def alice(doctors):
    return patient()


@pytest.fixture
def lee(doctors):
    return worker_at(doctors)


def counts(member):
    return member.customer.entitlements.values_list("held", "used", "family_used").get()


def say(case, worker, text="请问发烧吗？", key="p1", **other):
    return write_as_provider(case_id=case.pk, worker=worker, text=text, key=key, **other)


def answer(case, member, text="不发烧", key="m1", **other):
    return write_as_member(case_id=case.pk, member=member, text=text, key=key, **other)


def test_it_works(alice, lee, doctors):
    case = ask(alice)
    assert (case.state, case.provider, case.price) == (State.ASKED, doctors, ContractPrice.objects.get().price)
    assert case.due_at == timezone.now() + timedelta(hours=1)
    assert counts(alice) == (1, 0, 0)
    take_case(case_id=case.pk, worker=lee)
    say(case, lee, asks=True)
    answer(case, alice)
    say(case, lee, "多休息", key="p2")
    finish_case(case_id=case.pk, worker=lee)
    rate_case(case_id=case.pk, member=alice, rating=5, words="很耐心")
    case.refresh_from_db()
    assert (case.state, case.owner, case.rating, case.rating_words) == (State.DONE, lee.member, 5, "很耐心")
    assert counts(alice) == (0, 1, 0)
    said = ["头痛两天了", "请问发烧吗？", "不发烧", "多休息"]
    assert [message.text for message in case.messages.all()] == said


def test_every_change_tells(alice, lee):
    heard = []
    names = ("opened", "taken", "written", "done", "declined", "cancelled", "overdue", "rated")
    listeners = [facts_of(getattr(events, f"case_{name}"), heard) for name in names]
    case = ask(alice)
    take_case(case_id=case.pk, worker=lee)
    say(case, lee, asks=True)
    answer(case, alice)
    finish_case(case_id=case.pk, worker=lee)
    rate_case(case_id=case.pk, member=alice, rating=4)
    assert [type(fact).__name__ for fact in heard] == [
        *("CaseOpened", "CaseTaken", "CaseWritten", "CaseWritten", "CaseDone", "CaseRated"),
    ]
    assert [(fact.side, fact.asks) for fact in heard if isinstance(fact, events.CaseWritten)] == [
        ("provider", True),
        ("member", False),
    ]
    del listeners


def test_goes_on_with_the_account_that_is_kept(alice, lee):
    case, kept = ask(alice), MemberFactory()
    accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=kept.pk, closed_id=alice.pk))
    take_case(case_id=case.pk, worker=lee)
    assert show_number(case_id=case.pk, worker=lee) == kept.mobile
    # Of another record of the same person, which the account that is kept is not joined to.
    assert case_of_member(kept, case.pk).member == kept


def test_what_is_written_is_sealed(alice):
    ask(alice, text="头痛两天了")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM benefits_casemessage")
        assert "头痛".encode() not in bytes(cursor.fetchone()[0])


def test_what_is_said_afterwards_is_sealed(alice, lee):
    case = ask(alice)
    take_case(case_id=case.pk, worker=lee)
    finish_case(case_id=case.pk, worker=lee)
    rate_case(case_id=case.pk, member=alice, rating=5, words="头痛好了")
    with connection.cursor() as cursor:
        cursor.execute("SELECT rating_words FROM benefits_case")
        assert "头痛".encode() not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"quota": 0}, QuotaUsedUp),
        ({"document_zh": "病历", "document_en": "Records"}, DocumentNeeded),
        ({"by_hotline": True}, OpenedByHotline),
        ({"opens": "08:00", "closes": "09:59"}, OutsideHours),
    ],
)
def test_terms_refuse(doctors, terms, refusal):
    member = patient(**terms)
    with pytest.raises(refusal):
        ask(member)
    assert not Case.objects.exists()
    assert counts(member) == (0, 0, 0)


def test_only_who_is_entitled_and_known_well_enough(doctors):
    with pytest.raises(NotACustomer):
        ask(MemberFactory())
    with pytest.raises(NotEntitled):
        ask(customer_member())
    newcomer = MemberFactory(customer=CustomerFactory())
    entitle(newcomer, case_service())
    with pytest.raises(BenefitNeedsLevel) as refused:
        ask(newcomer)
    assert refused.value.needed == Level.VERIFIED


def test_service_with_slots_opens_no_case(alice):
    Service.objects.update(mode=Service.Mode.SLOT)
    with pytest.raises(Service.DoesNotExist):
        ask(alice)


@pytest.mark.parametrize(("text", "refusal"), [("  ", NothingWritten), ("很" * 4001, TooLong)])
def test_text_is_asked_for_and_has_an_end(alice, text, refusal):
    with pytest.raises(refusal):
        ask(alice, text=text)


def test_hours_name_when_it_opens(doctors, clock):
    clock.move_to(datetime(2027, 3, 1, 7, tzinfo=SHANGHAI))
    alice = patient(opens="08:00", closes="22:00")
    for now, opens in ((datetime(2027, 3, 1, 7, 59), 1), (datetime(2027, 3, 1, 22, 0), 2)):
        clock.move_to(now.replace(tzinfo=SHANGHAI))
        with pytest.raises(OutsideHours) as refused:
            ask(alice)
        assert refused.value.opens_at == datetime(2027, 3, opens, 8, tzinfo=SHANGHAI)
        assert "08:00" in str(refused.value)
    clock.move_to(datetime(2027, 3, 1, 21, 59, tzinfo=SHANGHAI))
    assert ask(alice)


def test_one_open_call_at_a_time(doctors, lee):
    alice = patient(quota=None, open_at_once=1)
    case = ask(alice)
    with pytest.raises(OpenAlready):
        ask(alice)
    take_case(case_id=case.pk, worker=lee)
    finish_case(case_id=case.pk, worker=lee)
    assert ask(alice)


def test_family_member_within_the_terms(doctors):
    alice = patient(family_quota=1, family_relations=["parent"])
    mother = mother_of(alice)
    case = ask(alice, guest_id=mother.pk)
    assert (case.guest, counts(alice)) == (mother, (1, 0, 1))
    with pytest.raises(FamilyQuotaUsedUp):
        ask(alice, guest_id=mother.pk)
    cancel_case(case_id=case.pk, member=alice)
    assert counts(alice) == (0, 0, 0)
    with pytest.raises(GuestNotListed):
        ask(alice, guest_id=mother_of(customer_member()).pk)
    bob = patient()
    with pytest.raises(NotForFamily):
        ask(bob, guest_id=mother_of(bob).pk)


def test_same_request_is_one_case_and_another_under_its_key_a_conflict(alice):
    case = ask(alice, key="once")
    assert ask(alice, key="once") == case
    assert counts(alice) == (1, 0, 0)
    assert CaseMessage.objects.count() == 1
    with pytest.raises(RequestConflict):
        ask(alice, key="once", text="肚子痛")


def test_document_comes_with_the_case(doctors, private):
    alice = patient(document_zh="病历", document_en="Records")
    case = ask(alice, files=[pdf()])
    assert [(each.name, each.kind, each.side) for each in case.documents.all()] == [
        ("病历.pdf", "application/pdf", "member")
    ]
    with pytest.raises(NotADocument):
        ask(alice, files=[pdf(), pdf_that_is_none()])
    assert Case.objects.count() == 1


def pdf_that_is_none():
    file = pdf()
    file.name, file.file = "x.pdf", type(file.file)(b"<html>%PDF</html>")
    return file


def test_files_of_a_case_that_is_refused_do_not_stay(doctors, private):
    alice = patient()
    ContractPrice.objects.all().delete()
    with pytest.raises(NobodyServes):
        ask(alice, files=[pdf()])
    assert [each for each in private.rglob("*") if each.is_file()] == []


class TestProvider:
    def test_in_the_city_with_the_fewest_open_cases(self, clock):
        here, there = (
            case_provider("hospital_guidance", city="上海市"),
            case_provider("hospital_guidance", city="北京市"),
        )
        other_here = case_provider("hospital_guidance", city="上海市")
        alice = patient("hospital_guidance")
        chosen = [ask(alice, "hospital_guidance", city="上海市").provider for _ in range(3)]
        assert chosen == [here, other_here, here]
        assert ask(alice, "hospital_guidance", city="北京市").provider == there
        assert ask(alice, "hospital_guidance", city="拉萨市").provider in (there, other_here)
        assert ask(alice, "hospital_guidance").provider in (there, other_here)

    @pytest.mark.parametrize("city", ["", "拉萨市", "北京市"])
    def test_only_in_covered_cities(self, clock, city):
        """In Beijing is a site of somebody whose contract is over."""
        here = case_provider("hospital_guidance", city="上海市")
        case_provider("hospital_guidance", city="北京市").contracts.update(ends_on=date(2027, 2, 28))
        alice = patient("hospital_guidance", in_covered_city=True)
        with pytest.raises(CityNotCovered):
            ask(alice, "hospital_guidance", city=city)
        assert (counts(alice), cities_of_kind(case_service("hospital_guidance"))) == ((0, 0, 0), ["上海市"])
        assert ask(alice, "hospital_guidance", city="上海市").provider == here

    @pytest.mark.parametrize("lacks", ["active", "kind", "contract", "price"])
    def test_nobody_serves(self, doctors, alice, lacks):
        if lacks == "active":
            doctors.is_active = False
        elif lacks == "kind":
            doctors.kind = "dental_clinic"
        elif lacks == "contract":
            doctors.contracts.update(ends_on=date(2027, 2, 28))
        else:
            ContractPrice.objects.all().delete()
        doctors.save()
        with pytest.raises(NobodyServes):
            ask(alice)
        assert counts(alice) == (0, 0, 0)

    def test_price_stays_as_it_was_agreed(self, doctors, alice):
        case = ask(alice)
        ContractPrice.objects.update(price=99)
        case.refresh_from_db()
        assert case.price == 60


class TestDesk:
    def test_another_provider_knows_nothing_of_it(self, alice, doctors):
        case = ask(alice)
        stranger = worker_at(case_provider())
        with pytest.raises(Case.DoesNotExist):
            take_case(case_id=case.pk, worker=stranger)
        with pytest.raises(Case.DoesNotExist):
            say(case, stranger)
        with pytest.raises(Case.DoesNotExist):
            answer(case, customer_member())

    def test_only_the_owner_works_and_a_colleague_takes_over(self, alice, lee, doctors):
        case, colleague = ask(alice), worker_at(doctors, "小周")
        with pytest.raises(NotTheOwner):
            say(case, lee)
        take_case(case_id=case.pk, worker=lee)
        with pytest.raises(NotTheOwner):
            finish_case(case_id=case.pk, worker=colleague)
        with pytest.raises(TakenMeanwhile):
            take_case(case_id=case.pk, worker=colleague)
        taken = take_case(case_id=case.pk, worker=colleague, held_by=lee.member_id)
        assert (taken.owner, taken.state) == (colleague.member, State.TAKEN)
        with pytest.raises(NotTheOwner):
            say(case, lee)

    def test_nobody_looks_after_their_own(self, alice, lee, doctors):
        case = ask(alice)
        herself = DeskWorker.objects.create(member=alice, provider=doctors, added_by=manager())
        with pytest.raises(OwnCase):
            take_case(case_id=case.pk, worker=herself)
        # Of whoever came to the desk later, or by another record of the same person.
        Case.objects.filter(pk=case.pk).update(
            owner=alice, state=State.TAKEN, taken_at=timezone.now(), member=lee.member
        )
        for refused in (
            lambda: finish_case(case_id=case.pk, worker=herself),
            lambda: say(case, herself),
            lambda: decline_case(case_id=case.pk, worker=herself, because="本院没有该科室", key="d"),
        ):
            with pytest.raises(OwnCase):
                refused()
        assert counts(alice) == (1, 0, 0)

    def test_declined_gives_the_quota_back_and_says_why(self, alice, lee):
        case = ask(alice)
        take_case(case_id=case.pk, worker=lee)
        with pytest.raises(NothingWritten):
            decline_case(case_id=case.pk, worker=lee, because=" ", key="d")
        for _ in range(2):
            decline_case(case_id=case.pk, worker=lee, because="本院没有该科室", key="d")
        assert counts(alice) == (0, 0, 0)
        assert case.messages.last().text == "本院没有该科室"
        with pytest.raises(CaseEnded):
            take_case(case_id=case.pk, worker=lee)

    def test_said_twice_is_said_once(self, alice, lee):
        case = ask(alice)
        take_case(case_id=case.pk, worker=lee)
        assert say(case, lee) == say(case, lee)
        with pytest.raises(RequestConflict):
            say(case, lee, "别的话")
        assert case.messages.count() == 2

    def test_done_twice_is_done_once_and_nothing_follows(self, alice, lee):
        case = ask(alice)
        take_case(case_id=case.pk, worker=lee)
        for _ in range(2):
            finish_case(case_id=case.pk, worker=lee)
        assert counts(alice) == (0, 1, 0)
        with pytest.raises(CaseEnded):
            answer(case, alice)
        with pytest.raises(CaseEnded):
            cancel_case(case_id=case.pk, member=alice)


class TestMember:
    def test_cancelling_is_free_before_it_was_taken(self, alice):
        case = ask(alice)
        for _ in range(2):
            assert cancel_case(case_id=case.pk, member=alice).state == State.CANCELLED
        assert counts(alice) == (0, 0, 0)

    def test_and_counts_as_used_afterwards(self, alice, lee):
        case = ask(alice)
        take_case(case_id=case.pk, worker=lee)
        say(case, lee, asks=True)
        for _ in range(2):
            assert cancel_case(case_id=case.pk, member=alice).state == State.CANCELLED_LATE
        assert counts(alice) == (0, 1, 0)

    def test_rates_once_what_is_done(self, alice, lee):
        case = ask(alice)
        with pytest.raises(NotDone):
            rate_case(case_id=case.pk, member=alice, rating=5)
        take_case(case_id=case.pk, worker=lee)
        finish_case(case_id=case.pk, worker=lee)
        with pytest.raises(ValueError):
            rate_case(case_id=case.pk, member=alice, rating=6)
        for _ in range(2):
            rate_case(case_id=case.pk, member=alice, rating=3)
        with pytest.raises(NotDone):
            rate_case(case_id=case.pk, member=alice, rating=5)

    def test_document_alone_is_an_answer(self, alice, lee):
        case = ask(alice)
        take_case(case_id=case.pk, worker=lee)
        say(case, lee, asks=True)
        answer(case, alice, "", files=[pdf()])
        case.refresh_from_db()
        assert (case.state, case.documents.count()) == (State.TAKEN, 1)
        with pytest.raises(NothingWritten):
            answer(case, alice, " ", key="m2")


class TestClock:
    @pytest.mark.parametrize(
        ("code", "opened", "due"),
        [
            ("tele_doctor", datetime(2027, 3, 1, 10), datetime(2027, 3, 1, 11)),
            ("emergency_rescue", datetime(2027, 3, 1, 10), datetime(2027, 3, 1, 10, 15)),
            # Two working days, over a weekend.
            ("hospital_guidance", datetime(2027, 3, 4, 10), datetime(2027, 3, 8, 10)),
            ("second_opinion", datetime(2027, 3, 1, 10), datetime(2027, 3, 15, 10)),
        ],
    )
    def test_due_as_the_catalogue_says(self, clock, code, opened, due):
        clock.move_to(opened.replace(tzinfo=SHANGHAI))
        case_provider(code)
        assert ask(patient(code), code).due_at == due.replace(tzinfo=SHANGHAI)

    def test_terms_in_working_days_come_first(self, clock):
        case_provider("hospital_guidance")
        alice = patient("hospital_guidance", done_working_days=10)
        assert ask(alice, "hospital_guidance").due_at == datetime(2027, 3, 15, 10, tzinfo=SHANGHAI)

    def test_promise_of_hours_is_kept_by_taking(self, alice, lee):
        case = ask(alice)
        assert take_case(case_id=case.pk, worker=lee).due_at is None

    def test_stands_still_at_the_members_turn(self, clock):
        lee = worker_at(case_provider("second_opinion"))
        alice = patient("second_opinion")
        case = ask(alice, "second_opinion")
        take_case(case_id=case.pk, worker=lee)
        say(case, lee, asks=True)
        clock.move_to(datetime(2027, 4, 30, 18, tzinfo=SHANGHAI))
        assert list(Case.objects.overdue(at=timezone.now())) == []
        clock.move_to(datetime(2027, 3, 9, 18, tzinfo=SHANGHAI))
        answer(case, alice)
        case.refresh_from_db()
        # Six working days later: the 2nd to the 5th, the 8th and the 9th.
        assert (case.state, case.due_at) == (State.TAKEN, datetime(2027, 3, 23, 10, tzinfo=SHANGHAI))

    def test_overdue_is_told_once(self, alice, lee, clock):
        heard = []
        listener = facts_of(events.case_overdue, heard)
        case = ask(alice)
        assert tell_overdue_cases() == 0
        clock.shift(timedelta(hours=1, seconds=1))
        assert (tell_overdue_cases(), tell_overdue_cases()) == (1, 0)
        assert heard == [events.CaseOverdue(case.pk, case.customer_id, case.provider_id)]
        del listener

    def test_pressing_ones_come_first(self, alice, lee, clock):
        first = ask(alice)
        clock.shift(timedelta(minutes=5))
        second = ask(alice)
        take_case(case_id=first.pk, worker=lee)
        assert list(Case.objects.most_pressing_first()) == [second, first]


class TestHotline:
    def test_agent_opens_what_members_do_not(self):
        case_provider("emergency_rescue")
        alice = patient("emergency_rescue", by_hotline=True)
        case = ask(alice, "emergency_rescue", agent=staff(Role.SERVICE_AGENT))
        assert case.member == alice

    def test_nobody_else_does(self):
        case_provider("emergency_rescue")
        alice = patient("emergency_rescue", by_hotline=True)
        with pytest.raises(PermissionDenied):
            ask(alice, "emergency_rescue", agent=staff(Role.ANALYST))


class TestDatabase:
    def test_ended_is_ended(self, alice):
        case = ask(alice)
        cancel_case(case_id=case.pk, member=alice)
        with pytest.raises(Exception, match="Cannot update"):
            Case.objects.update(state=State.ASKED, ended_at=None)

    def test_quota_is_never_oversold(self, doctors):
        alice = patient(quota=1)
        ask(alice)
        with pytest.raises(IntegrityError, match="benefits_quota_is_never_oversold"):
            Entitlement.objects.update(held=2)

    def test_what_was_said_stays(self, alice):
        ask(alice)
        with pytest.raises(Exception, match="Cannot update"):
            CaseMessage.objects.update(side="provider")
