"""The staff's pages: handing the policy book in, seeing what became of it, and looking people up."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from members.actions import run_delivery as running
from members.actions.import_policy_book import SHEETS
from members.actions.run_book_import import run_book_import, stalled_book_imports
from members.actions.run_delivery import ImportIsRunning
from members.actions.start_book_import import start_book_import
from members.models import Agent, BookImport, Customer
from members.tasks import import_uploaded_book, resume_book_imports
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.book import Book, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path / "private"}}
    }


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path)


def staff(*codenames):
    member = MemberFactory(is_staff=True)
    member.user_permissions.set(Permission.objects.filter(codename__in=["access_admin", *codenames]))
    return member


def client_of(member, language="en"):
    client = Client(headers={"accept-language": language})
    if member:
        client.force_login(member, backend="members.backends.MobileBackend")
    return client


@pytest.fixture
def olga():
    """Works in operations: may import the book."""
    return staff("add_bookimport")


@pytest.fixture
def victor():
    """Works at the call centre: may look people up."""
    return staff("view_customer", "view_policy")


def upload(client, **files):
    return client.post(reverse("book_imports:add"), files)


def handed_in(olga, book, *names):
    uploads = {f"{name}.csv": ContentFile((book.folder / f"{name}.csv").read_bytes()) for name in names}
    return start_book_import(uploaded_by=olga, uploads=uploads, language="en")


def cells(response):
    """Of the results table: file name → numbers."""
    [table] = re.findall(r"<section id=\"import-progress\".*?</section>", response.content.decode(), re.S)
    rows = re.findall(r"<th scope=\"row\">(.*?)</th>(.*?)</tr>", table, re.S)
    return {name: re.findall(r"<td>([\d,]+)</td>", row) for name, row in rows}


# --- handing in ------------------------------------------------------------------------------------------------


def test_it_works(olga, book):
    book.write("customers", {}, person("C2", kind="robot"), columns=[*person("C2"), "remark"])
    book.write("agents", {})
    with (book.folder / "customers.csv").open("rb") as customers, (book.folder / "agents.csv").open("rb") as agents:
        response = upload(client_of(olga), customers=customers, agents=agents)
    delivery = BookImport.objects.get()
    assert response.url == reverse("book_imports:inspect", args=[delivery.pk])
    assert (delivery.state, delivery.uploaded_by, delivery.error) == ("finished", olga, "")
    page = client_of(olga).get(response.url)
    assert cells(page) == {
        "agents.csv": ["1", "1", "0", "0", "0", "0", "0"],
        "customers.csv": ["2", "1", "0", "0", "0", "0", "1"],
    }
    assert b"remark" in page.content
    assert b"hx-get" not in page.content
    assert (Agent.objects.count(), Customer.objects.count()) == (1, 1)


def test_page_says_what_stands_in_each_column(olga):
    page = client_of(olga).get(reverse("book_imports:add"))
    described = {name: {column.name: column for column in columns} for name, columns in page.context["sheets"]}
    assert {name: list(columns) for name, columns in described.items()} == {
        sheet.file_name: [column.name for column in sheet.columns] for sheet in SHEETS
    }
    with translation.override("en"):
        assert [str(c.form) for columns in described.values() for c in columns.values() if not str(c.form)] == []
        assert [c.name for columns in described.values() for c in columns.values() if not str(c.label)] == []
        gender, holder = described["customers.csv"]["gender"], described["policies.csv"]["policyholder_no"]
        assert (str(gender.form), gender.required) == ("female (female), male (male)", False)
        assert (str(holder.label), holder.required) == ("policyholder", True)
    assert b"docs/feeds.md" not in page.content


def test_rejects_are_downloaded_in_the_language_of_the_one_who_uploaded(olga, book):
    book.write("customers", person("C2", kind=""))
    with (book.folder / "customers.csv").open("rb") as customers:
        upload(client_of(olga, "zh-hans"), customers=customers)
    delivery = BookImport.objects.get()
    assert delivery.language == "zh-hans"
    response = client_of(olga).get(reverse("book_imports:rejects", args=[delivery.pk, "customers.csv"]))
    assert response["Content-Disposition"] == 'attachment; filename="customers.csv.rejects.csv"'
    assert "no-store" in response["Cache-Control"]
    text = response.content.decode("utf-8-sig")
    with translation.override("zh-hans"):
        assert f",2,kind,{translation.gettext('is required')}\r\n" in text


def test_downloaded_rejects_can_be_mended_and_handed_in(olga, book):
    book.write("customers", person("C2", kind="robot"))
    delivery = handed_in(olga, book, "customers")
    run_book_import(import_id=delivery.pk)
    client = client_of(olga)
    rejects = client.get(reverse("book_imports:rejects", args=[delivery.pk, "customers.csv"])).content
    upload(client, customers=ContentFile(rejects.replace(b"robot", b"individual"), name="mended.csv"))
    assert BookImport.objects.latest("pk").files.get().counts["created"] == 1


def test_a_refused_file_says_why_and_the_others_go_in(olga, book):
    book.write("agents", {})
    client = client_of(olga)
    with (book.folder / "agents.csv").open("rb") as agents:
        response = upload(client, agents=agents, customers=ContentFile(b"name\nx\n", name="customers.csv"))
    delivery = BookImport.objects.get()
    assert delivery.state == "finished"
    assert delivery.files.get(name="customers.csv").refused == (
        "required columns are missing: customer_no, kind, updated_at"
    )
    assert b"required columns are missing" in client.get(response.url).content
    assert Agent.objects.count() == 1


def test_nothing_and_an_empty_file_are_not_taken(olga):
    client = client_of(olga)
    assert b"Choose at least one file." in upload(client).content
    response = upload(client, agents=ContentFile(b"", name="agents.csv"))
    assert response.status_code == 200
    assert BookImport.objects.count() == 0


def test_a_file_that_is_too_large_is_not_taken(olga, monkeypatch):
    monkeypatch.setattr("members.staff.deliveries.LARGEST_FILE_BYTES", 10)
    response = upload(client_of(olga), agents=ContentFile(b"x" * 11, name="agents.csv"))
    assert b"larger than" in response.content
    assert BookImport.objects.count() == 0


def test_uploaded_content_lies_sealed_and_is_gone_once_it_is_in(olga, book, tmp_path):
    book.write("customers", {})
    delivery = handed_in(olga, book, "customers")
    [stored] = [path for path in (tmp_path / "private").rglob("*") if path.is_file()]
    assert b"customer_no" not in stored.read_bytes()
    run_book_import(import_id=delivery.pk)
    assert not stored.exists()
    assert delivery.files.get().content.name == ""


# --- the worker ------------------------------------------------------------------------------------------------


def test_running_the_task_twice_changes_nothing(olga, book):
    book.write("customers", {}, person("C2", kind="robot"))
    delivery = handed_in(olga, book, "customers")
    import_uploaded_book(delivery.pk)
    before = delivery.files.values().get()
    import_uploaded_book(delivery.pk)
    assert delivery.files.values().get() == before
    assert before["counts"] == {
        **dict.fromkeys(["created", "rejected"], 1),
        **dict.fromkeys(["updated", "unchanged", "stale", "superseded"], 0),
    }


def test_a_second_worker_keeps_off_while_the_first_one_is_alive_and_takes_over_when_it_is_dead(olga, book):
    book.write("customers", {})
    delivery = handed_in(olga, book, "customers")
    BookImport.objects.update(state="running", alive_at=timezone.now())
    with pytest.raises(ImportIsRunning):
        run_book_import(import_id=delivery.pk)
    assert Customer.objects.count() == 0
    BookImport.objects.update(alive_at=timezone.now() - running.SILENCE - timedelta(seconds=1))
    run_book_import(import_id=delivery.pk)
    assert Customer.objects.count() == 1


def test_a_worker_that_was_taken_for_dead_does_not_undo_the_results_of_its_successor(olga, book, monkeypatch):
    book.write("customers", {}, person("C2", kind="robot"))
    delivery = handed_in(olga, book, "customers")
    record = running.record_progress

    def fall_silent(claimed, result, done_bytes):
        monkeypatch.setattr(running, "record_progress", record)
        BookImport.objects.update(alive_at=timezone.now() - 2 * running.SILENCE)
        run_book_import(import_id=claimed.pk)

    monkeypatch.setattr(running, "record_progress", fall_silent)
    run_book_import(import_id=delivery.pk)
    file = delivery.files.get()
    assert (file.refused, file.counts["created"], file.counts["rejected"]) == ("", 1, 1)
    assert file.rejects


def test_an_import_whose_task_was_lost_is_resumed(olga, book):
    book.write("customers", {})
    delivery = handed_in(olga, book, "customers")
    assert stalled_book_imports() == []
    BookImport.objects.update(uploaded_at=timezone.now() - 2 * running.SILENCE)
    assert stalled_book_imports() == [delivery.pk]
    resume_book_imports()
    assert BookImport.objects.get().state == "finished"
    assert stalled_book_imports() == []


def test_progress_is_recorded_while_it_runs(olga, book, monkeypatch):
    monkeypatch.setattr("members.actions.import_sheet.BATCH_ROWS", 2)
    book.write("customers", *(person(f"C{n}") for n in range(6)))
    delivery = handed_in(olga, book, "customers")
    seen = []

    def look(claimed, result, done_bytes):
        record(claimed, result, done_bytes)
        file = delivery.files.get()
        seen.append((file.percent, file.read))

    record = running.record_progress
    monkeypatch.setattr(running, "record_progress", look)
    run_book_import(import_id=delivery.pk)
    assert seen == sorted(seen)
    assert seen[-1] == (100, 6)
    assert len({percent for percent, _ in seen}) > 3
    assert {read for _, read in seen} == {0, 2, 4, 6}


def test_a_failure_is_recorded_without_its_text(olga, book):
    book.write("customers", {})
    delivery = handed_in(olga, book, "customers")
    default_storage.delete(delivery.files.get().content.name)
    file = delivery.files.get()
    file.content.save("damaged", ContentFile(b"x"))
    path = default_storage.path(file.content.name)
    with open(path, "wb") as damaged:
        damaged.write(b"13812345678")
    run_book_import(import_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("failed", "CannotOpen")
    assert b"CannotOpen" in client_of(olga).get(reverse("book_imports:inspect", args=[delivery.pk])).content


def test_the_page_moves_by_itself_and_without_javascript(olga, book):
    book.write("customers", {})
    delivery = handed_in(olga, book, "customers")
    client = client_of(olga)
    page = client.get(reverse("book_imports:inspect", args=[delivery.pk])).content.decode()
    progress = reverse("book_imports:progress", args=[delivery.pk])
    assert f'hx-get="{progress}"' in page
    assert '<noscript><meta http-equiv="refresh"' in re.sub(r">\s+<", "><", page)
    assert "htmx" in page
    fragment = client.get(progress).content.decode()
    assert fragment.lstrip().startswith('<section id="import-progress"')
    assert "<html" not in fragment


# --- who may what ----------------------------------------------------------------------------------------------


@pytest.fixture
def finished(olga, book):
    book.write("customers", {}, person("C2", kind="robot"))
    delivery = handed_in(olga, book, "customers")
    run_book_import(import_id=delivery.pk)
    return delivery


def addresses(delivery):
    return [
        reverse("book_imports:index"),
        reverse("book_imports:add"),
        reverse("book_imports:inspect", args=[delivery.pk]),
        reverse("book_imports:progress", args=[delivery.pk]),
        reverse("book_imports:rejects", args=[delivery.pk, "customers.csv"]),
    ]


def test_import_pages_are_for_those_who_may_import(olga, victor, finished):
    member, clerk = MemberFactory(), staff()
    for address in addresses(finished):
        for stranger in (None, member):
            response = client_of(stranger).get(address)
            assert (response.status_code, response.url.split("?")[0]) == (302, reverse("wagtailadmin_login")), address
        for colleague in (clerk, victor):
            response = client_of(colleague).get(address)
            assert (response.status_code, response.url) == (302, reverse("wagtailadmin_home")), address
        assert client_of(olga).get(address).status_code == 200, address


def test_upload_by_somebody_who_may_not_is_refused(victor, book):
    book.write("agents", {})
    for person_ in (None, MemberFactory(), victor):
        with (book.folder / "agents.csv").open("rb") as agents:
            assert upload(client_of(person_), agents=agents).status_code == 302
    assert BookImport.objects.count() == 0
    with pytest.raises(PermissionDenied):
        handed_in(victor, book, "agents")


def test_rejects_that_do_not_exist_are_not_found(olga, finished):
    client = client_of(olga)
    for pk, name in ((finished.pk, "agents.csv"), (finished.pk + 1, "customers.csv")):
        assert client.get(reverse("book_imports:rejects", args=[pk, name])).status_code == 404


# --- looking people up -----------------------------------------------------------------------------------------


@pytest.fixture
def people():
    wang = CustomerFactory(
        customer_no="C1", name="王小明", mobile="+8613812345678", id_no="310115198005171239", email="wang@example.com"
    )
    CustomerFactory(customer_no="C2", name="李芳", mobile="+8613812345679")
    PolicyFactory(policy_no="P1", policyholder=wang, premium_account="6222021234567890128")
    return wang


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("C2", {"C2"}),
        ("小明", {"C1"}),
        ("138 1234 5679", {"C2"}),
        ("+8613812345678", {"C1"}),
        ("1381234567", set()),
        ("P1", {"C1"}),
        ("nobody", set()),
        ("", {"C1", "C2"}),
    ],
)
def test_customers_are_found_by_number_name_phone_and_policy(victor, people, wanted, found):
    response = client_of(victor).post(reverse("customers:index"), {"wanted": wanted}, follow=True)
    assert {customer.customer_no for customer in response.context["object_list"]} == found


@pytest.mark.parametrize(("wanted", "found"), [("P1", 1), ("王小明", 1), ("13812345678", 1), ("C1", 1), ("C2", 0)])
def test_policies_are_found_by_number_and_by_their_people(victor, people, wanted, found):
    response = client_of(victor).post(reverse("policies:index"), {"wanted": wanted}, follow=True)
    assert len(response.context["object_list"]) == found


@pytest.mark.parametrize(("language", "name"), [("en", "Lifetime critical illness"), ("zh-hans", "康护终身重疾保险")])
def test_products_are_named_in_the_readers_language(victor, people, language, name):
    assert name in client_of(victor, language).get(reverse("policies:index")).content.decode()


def test_what_is_looked_for_is_not_in_the_address(victor, people):
    page = client_of(victor).get(reverse("customers:index") + "?q=C2").content.decode()
    assert "王小明" in page
    assert '<form method="post"' in page


def test_what_was_looked_for_is_sealed_in_the_address_for_who_looked_alone(victor, people):
    address = client_of(victor).post(reverse("customers:index"), {"wanted": "王小明"}).url
    assert re.fullmatch(r"/admin/customers/\?found=[\w%-]+", address)
    page = client_of(victor).get(address)
    assert [customer.customer_no for customer in page.context["object_list"]] == ["C1"]
    assert 'value="王小明"' in page.content.decode()
    for stranger, other in ((staff("view_customer"), address), (victor, address[:-6]), (victor, address + "!é")):
        page = client_of(stranger).get(other)
        assert (page.context["wanted"], len(page.context["object_list"])) == ("", 2)


def test_personal_numbers_are_masked_in_list_and_detail(victor, people):
    client = client_of(victor)
    pages = [
        client.get(reverse("customers:index")),
        client.get(reverse("customers:inspect", args=[people.pk])),
        client.get(reverse("policies:inspect", args=[people.policy_roles.first().policy_id])),
    ]
    for page in pages:
        assert page.status_code == 200
        for number in ("13812345678", "310115198005171239", "wang@example.com", "6222021234567890128"):
            assert number not in page.content.decode()
    assert "138****5678" in pages[0].content.decode()
    assert "**************1239" in pages[1].content.decode()
    assert "***************0128" in pages[2].content.decode()


def test_list_takes_the_same_number_of_queries_for_more_customers(victor, people, django_assert_num_queries):
    client = client_of(victor)
    client.get(reverse("policies:index"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("policies:index"))
    for _ in range(5):
        PolicyFactory(policyholder=people)
    with django_assert_num_queries(len(few)):
        client.get(reverse("policies:index"))


@pytest.mark.parametrize("page", ["customers:index", "policies:index"])
def test_lists_are_for_those_who_may_view(olga, victor, people, page):
    assert client_of(None).get(reverse(page)).url.split("?")[0] == reverse("wagtailadmin_login")
    assert client_of(MemberFactory()).get(reverse(page)).url.split("?")[0] == reverse("wagtailadmin_login")
    assert client_of(olga).get(reverse(page)).url == reverse("wagtailadmin_home")
    assert client_of(olga).post(reverse(page), {"wanted": "C1"}).url == reverse("wagtailadmin_home")
    assert client_of(victor).get(reverse(page)).status_code == 200


@pytest.mark.parametrize("path", ["new/", "edit/1/", "delete/1/"])
def test_nobody_changes_the_mirror_by_hand(people, path):
    chief = MemberFactory(is_staff=True, is_superuser=True)
    for name in ("customers", "policies"):
        assert client_of(chief).get(reverse(f"{name}:index") + path).status_code == 404
