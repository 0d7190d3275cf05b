"""What cases keep about a member: copied, erased, and what stands in the way of closing the account."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from benefits.actions.end_case import cancel_case, finish_case
from benefits.actions.open_document import open_as_member
from benefits.actions.rate_case import rate_case
from benefits.actions.take_case import take_case
from benefits.case_data import erase_cases, export_cases, open_cases
from benefits.models import BenefitDocument, CaseMessage, FamilyGuest, QuotaGrant
from benefits.own_data import erase_family, export_family
from members.events import AccountsMerged, accounts_merged
from tests.benefits.desk_cast import ask, case_provider, customer_member, mother_of, patient, pdf, worker_at
from tests.factories import MemberFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture
def alice():
    case_provider()
    return patient(family_quota=2, family_relations=["parent"])


@pytest.fixture
def case(alice):
    return ask(alice, text="头痛两天了", files=[pdf("病历.pdf")])


@pytest.fixture
def done(alice, case):
    worker = worker_at(case.provider)
    take_case(case_id=case.pk, worker=worker)
    finish_case(case_id=case.pk, worker=worker)
    return rate_case(case_id=case.pk, member=alice, rating=5, words="谢谢李医生")


def test_copy_holds_what_was_written_and_names_the_papers(alice, done):
    cases, messages, papers = export_cases(alice)
    assert [(row["rating"], row["rating_words"]) for row in cases.rows] == [(5, "谢谢李医生")]
    assert [row["text"] for row in messages.rows] == ["头痛两天了"]
    assert [row["name"] for row in papers.rows] == ["病历.pdf"]


def test_somebody_elses_is_not_in_it(case):
    for other in (customer_member(), MemberFactory()):
        assert [section.rows for section in export_cases(other)] == [[], [], []]


def test_erased_with_the_account_but_for_what_is_accounting(alice, done, private, django_capture_on_commit_callbacks):
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            (kept,) = erase_cases(alice)
    assert kept.until.year == done.ended_at.year + 30
    done.refresh_from_db()
    assert (done.state, done.rating, done.rating_words) == ("done", 5, "")
    assert [message.text for message in CaseMessage.objects.all()] == [""]
    document = BenefitDocument.objects.get()
    assert (document.name, document.file.name) == ("", "")
    assert [each for each in private.rglob("*") if each.is_file()] == []


def test_what_was_erased_is_not_handed_out(client, alice, done):
    client.force_login(alice)
    document = BenefitDocument.objects.get()
    erase_cases(alice)
    assert client.get(f"/me/documents/{document.pk}").status_code == 404
    assert client.get(f"/me/cases/{done.pk}").status_code == 200


def test_open_case_stands_in_the_way_of_closing(alice, case):
    (obstacle,) = open_cases(alice)
    assert obstacle.blocks
    cancel_case(case_id=case.pk, member=alice)
    assert open_cases(alice) == []


def test_nothing_is_written_anew_where_something_was_said(case):
    message = CaseMessage.objects.get()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        CaseMessage.objects.filter(pk=message.pk).update(text="别的话")


class TestAfterAMerger:
    """Of two records of one person: what hangs on the other one is the kept account's to see, copy out and erase."""

    @pytest.fixture
    def kept(self, alice, done):
        case = ask(alice, text="母亲头痛", guest_id=mother_of(alice).pk)
        cancel_case(case_id=case.pk, member=alice)
        kept = customer_member("王小明")
        accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=kept.pk, closed_id=alice.pk))
        return kept

    def test_papers_are_opened_and_copied_out(self, kept):
        document = BenefitDocument.objects.get()
        assert open_as_member(document_id=document.pk, member=kept, entrance="web") == document
        *_, papers = export_cases(kept)
        assert [row["name"] for row in papers.rows] == ["病历.pdf"]

    def test_papers_go_with_the_kept_account(self, kept, private, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            erase_cases(kept)
        assert not BenefitDocument.objects.kept().exists()
        assert [each for each in private.rglob("*") if each.is_file()] == []

    def test_who_was_asked_for_keeps_the_name_until_the_kept_account_is_closed(self, kept):
        (family,) = export_family(kept)
        assert [row["name"] for row in family.rows] == ["李桂芳"]
        guest = FamilyGuest.objects.get()
        assert guest.removed_at
        erase_family(kept)
        guest.refresh_from_db()
        assert (guest.name, guest.birth_date, guest.id_no) == ("", None, "")


def test_list_and_notes_of_a_record_that_nobody_has_an_account_for_are_erased(alice, case):
    mother = mother_of(alice)
    QuotaGrant.objects.create(
        customer=alice.customer,
        service=case.entitlement.service,
        quota=1,
        starts_on=case.entitlement.starts_on,
        ends_on=case.entitlement.ends_on,
        reason="fault",
        note="王小明的预约丢失",
        request_id=uuid4(),
        proposed_by=MemberFactory(),
    )
    kept = customer_member("王小明")
    own_mother = mother_of(kept)
    accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=kept.pk, closed_id=alice.pk))
    mother.refresh_from_db()
    own_mother.refresh_from_db()
    assert (mother.name, mother.birth_date, mother.removed_at is None) == ("", None, False)
    assert (own_mother.name, own_mother.removed_at) == ("李桂芳", None)
    assert not QuotaGrant.objects.get().note
