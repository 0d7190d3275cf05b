"""Papers: told by their content, sealed on disk, handed to who may see them, and each time recorded."""

import io
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from PIL import Image

from benefits.actions.keep_document import MOST_DOCUMENTS, keep_report
from benefits.actions.take_case import take_case
from benefits.actions.write_in_case import write_as_member, write_as_provider
from benefits.document_content import ENDINGS, kind_of
from benefits.models import BenefitDocument, Booking, DocumentOpening
from benefits.refusals.document import (
    DocumentTooLarge,
    EmptyDocument,
    NotADocument,
    NotVisitedYet,
    TooManyDocuments,
)
from members.events import AccountsMerged, accounts_merged
from tests.benefits.desk_cast import (
    a_visit,
    ask,
    case_provider,
    customer_member,
    patient,
    pdf,
    picture,
    worker_at,
)
from tests.benefits.network import MONDAY, at, make_provider
from tests.factories import MemberFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


@pytest.fixture
def doctors():
    return case_provider()


@pytest.fixture
def lee(doctors):
    return worker_at(doctors)


@pytest.fixture
def alice(doctors):
    return patient(quota=None)


def send(case, member, *files, key="m"):
    return write_as_member(case_id=case.pk, member=member, text="", key=key, files=files)


def file(content, name="x.pdf"):
    return SimpleUploadedFile(name, content, "application/pdf")


def locked_pdf():
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer, out = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf().read()))), io.BytesIO()
    writer.encrypt("geheim", "geheim")
    writer.write(out)
    return out.getvalue()


def enormous_picture():
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("sent", "kind"),
    [(pdf, "application/pdf"), (picture, "image/jpeg"), (lambda: picture("PNG"), "image/png")],
    ids=["pdf", "jpeg", "png"],
)
def test_kind_is_read_from_the_content(alice, sent, kind):
    case = ask(alice)
    send(case, alice, sent())
    assert case.documents.get().kind == kind


def damaged(rng, content):
    """A few bytes of it others, gone, or there twice."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        place, length = rng.randrange(len(found)), rng.randint(1, 40)
        match rng.randrange(3):
            case 0:
                found[place] = rng.randrange(256)
            case 1:
                del found[place : place + length]
            case 2:
                found[place:place] = found[rng.randrange(len(found)) :][:length]
    return bytes(found)


@pytest.mark.parametrize("sent", [pdf, picture, lambda: picture("PNG")], ids=["pdf", "jpeg", "png"])
def test_damaged_files_are_refused_whatever_is_wrong_with_them(sent):
    rng, whole, refused = Random(5), sent().read(), 0
    for _ in range(600):
        try:
            assert kind_of(damaged(rng, whole)) in ENDINGS
        except NotADocument:
            refused += 1
    assert 100 < refused < 600


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyDocument),
        (b"<html><script>alert(1)</script></html>", NotADocument),
        (b"%PDF-1.4\nno pages at all", NotADocument),
        (b"\xff\xd8\xff\xe0 only the beginning", NotADocument),
        (b"GIF89a" + b"\0" * 40, NotADocument),
        (b"MZ" + b"\0" * 400, NotADocument),
        (b"\0" * (10 * 1024 * 1024 + 1), DocumentTooLarge),
    ],
    ids=["empty", "html", "broken pdf", "broken jpeg", "gif", "program", "too large"],
)
def test_anything_else_is_refused_and_nothing_of_it_kept(alice, private, content, refusal):
    case = ask(alice)
    with pytest.raises(refusal):
        send(case, alice, pdf(), file(content))
    assert (case.messages.count(), BenefitDocument.objects.count()) == (1, 0)
    assert [each for each in private.rglob("*") if each.is_file()] == []


def test_with_a_password_nobody_could_read_it(alice):
    with pytest.raises(NotADocument):
        send(ask(alice), alice, file(locked_pdf()))


def test_picture_that_would_fill_the_memory_is_refused(alice):
    with pytest.raises(NotADocument):
        send(ask(alice), alice, file(enormous_picture()))


def test_at_most_twenty_a_case_of_both_sides_together(alice, lee):
    case = ask(alice)
    take_case(case_id=case.pk, worker=lee)
    send(case, alice, *(pdf() for _ in range(MOST_DOCUMENTS - 1)))
    write_as_provider(case_id=case.pk, worker=lee, text="", key="p", files=[pdf()])
    with pytest.raises(TooManyDocuments):
        send(case, alice, pdf(), key="m2")
    assert case.documents.count() == MOST_DOCUMENTS


def test_sealed_on_disk_under_a_name_that_tells_nothing(alice, private):
    send(ask(alice), alice, pdf("王小明的病历.pdf"))
    document = BenefitDocument.objects.get()
    assert document.name == "王小明的病历.pdf"
    (kept,) = [each for each in private.rglob("*") if each.is_file()]
    assert "王" not in str(kept)
    assert b"%PDF" not in kept.read_bytes()
    assert document.file.read() == pdf().read()


def test_document_stays_as_it_is(alice):
    send(ask(alice), alice, pdf())
    for change in (BenefitDocument.objects.all().delete, lambda: BenefitDocument.objects.update(size=1)):
        with pytest.raises(DatabaseError, match=r"Cannot (update|delete)"), transaction.atomic():
            change()


class TestReport:
    @pytest.fixture
    def visit(self, dentist):
        return a_visit(dentist, at(MONDAY, 9), state="completed")

    @pytest.fixture
    def kim(self, dentist):
        return worker_at(dentist.site.provider)

    def test_it_works(self, visit, kim):
        keep_report(booking_id=visit.pk, worker=kim, file=picture())
        report = visit.documents.get()
        assert (report.side, report.by, report.case) == ("provider", kim.member, None)

    @pytest.mark.parametrize("state", ["booked", "no_show", "cancelled", "cancelled_late"])
    def test_only_of_a_visit_that_took_place(self, dentist, kim, state):
        visit = a_visit(dentist, at(MONDAY, 10), state=state)
        with pytest.raises(NotVisitedYet):
            keep_report(booking_id=visit.pk, worker=kim, file=pdf())

    def test_of_no_other_providers_visit(self, visit):
        with pytest.raises(Booking.DoesNotExist):
            keep_report(booking_id=visit.pk, worker=worker_at(make_provider()), file=pdf())


class TestHandedOut:
    """By pages alone: the member's own, and the desk's."""

    @pytest.fixture
    def papers(self, alice, lee, dentist):
        case = ask(alice, files=[pdf("病历.pdf")])
        take_case(case_id=case.pk, worker=lee)
        write_as_provider(case_id=case.pk, worker=lee, text="", key="p", files=[picture()])
        visit = a_visit(dentist, at(MONDAY, 9), member=alice, state="completed")
        keep_report(booking_id=visit.pk, worker=worker_at(dentist.site.provider), file=pdf())
        sent, answer, report = BenefitDocument.objects.order_by("pk")
        return {"sent": sent, "answer": answer, "report": report}

    def status(self, client, who, address):
        client.force_login(who)
        return client.get(address).status_code

    def test_member_opens_all_of_them_as_files(self, client, alice, papers):
        client.force_login(alice)
        for name, kind in (("sent", "application/pdf"), ("answer", "image/jpeg"), ("report", "application/pdf")):
            answer = client.get(f"/me/documents/{papers[name].pk}")
            assert (answer.status_code, answer["Content-Type"]) == (200, kind)
            assert answer["Content-Disposition"].startswith('attachment; filename="document-')
            assert "no-store" in answer["Cache-Control"]
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert b"".join(answer.streaming_content)[:4] in (b"%PDF", b"\xff\xd8\xff\xe0")
        assert [(each.document, each.by) for each in DocumentOpening.objects.order_by("pk")] == [
            (paper, alice) for paper in papers.values()
        ]

    def test_so_does_who_has_the_account_that_it_was_merged_into(self, client, alice, papers):
        """And another record of the same person."""
        kept = customer_member("王小明")
        accounts_merged.send(AccountsMerged, fact=AccountsMerged(kept_id=kept.pk, closed_id=alice.pk))
        assert {self.status(client, kept, f"/me/documents/{each.pk}") for each in papers.values()} == {200}

    def test_desk_opens_those_of_its_cases_alone(self, client, lee, papers):
        found = {name: self.status(client, lee.member, f"/desk/documents/{each.pk}") for name, each in papers.items()}
        assert found == {"sent": 200, "answer": 200, "report": 404}
        assert DocumentOpening.objects.filter(by=lee.member).count() == 2

    def test_report_is_not_even_opened_by_who_sent_it(self, client, papers):
        sender = papers["report"].by
        for where in ("me", "desk"):
            assert self.status(client, sender, f"/{where}/documents/{papers['report'].pk}") == 404

    @pytest.mark.parametrize("name", ["sent", "answer", "report"])
    def test_nobody_else_opens_any(self, client, papers, name, dentist):
        others = [
            customer_member(),
            worker_at(make_provider()).member,
            worker_at(dentist.site.provider).member,
            MemberFactory(agrees=True, is_staff=True),
        ]
        for who in others:
            for where in ("me", "desk"):
                assert self.status(client, who, f"/{where}/documents/{papers[name].pk}") == 404
        client.logout()
        assert client.get(f"/me/documents/{papers[name].pk}").status_code == 302
        assert not DocumentOpening.objects.exists()
