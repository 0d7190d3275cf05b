"""`manage.py import_policy_book` from files to the mirror."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from members.actions import import_sheet as importing
from members.crypto import blind_index
from members.models import Agent, Customer, Policy, PolicyRole, Product
from tests.factories import CustomerFactory
from tests.members.book import CUSTOMER, DEFAULTS, Book, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(tmp_path):
    with translation.override("en"):
        yield Book(tmp_path)


@pytest.fixture
def small_batches(monkeypatch):
    """Three rows in a transaction, so that a file has several."""
    monkeypatch.setattr(importing, "BATCH_ROWS", 3)


def roles(policy_no):
    found = PolicyRole.objects.filter(policy__policy_no=policy_no)
    return set(found.values_list("customer__customer_no", "role", "relation", "share"))


def everything_stored():
    """Every column of every mirrored row, sealed values as they lie there: ctid shows any rewriting."""
    models = (Agent, Product, Customer, Policy, PolicyRole)
    return [list(model.objects.order_by("pk").extra(select={"at": "ctid"}).values()) for model in models]


# --- good input ------------------------------------------------------------------------------------------------


def test_it_works(book):
    book.write_family()
    book.write("policies", {})
    assert book.load() == 0
    assert book.lines == [
        "agents.csv read=1 created=1 updated=0 unchanged=0 stale=0 superseded=0 rejected=0",
        "products.csv read=1 created=1 updated=0 unchanged=0 stale=0 superseded=0 rejected=0",
        "customers.csv read=3 created=3 updated=0 unchanged=0 stale=0 superseded=0 rejected=0",
        "policies.csv read=1 created=1 updated=0 unchanged=0 stale=0 superseded=0 rejected=0",
    ]
    assert book.warnings == ""
    assert list(book.folder.glob("*rejects*")) == []


def test_every_column_reaches_the_mirror(book):
    book.write_family()
    book.write("policies", {})
    book.load()
    agent, product = Agent.objects.get(), Product.objects.get()
    assert (agent.agent_no, agent.name, agent.mobile, agent.email, agent.branch, agent.active) == (
        *("A1", "李明", "+8613900000001", "liming@example.com", "上海分公司"),
        True,
    )
    assert (product.category, product.design_type, product.term) == ("critical_illness", "traditional", "long")
    assert product.attached_services == ["dental_cleaning"]
    wang = Customer.objects.get(customer_no="C1")
    assert {name: getattr(wang, name) for name in CUSTOMER if hasattr(wang, name)} == {
        name: cell for name, cell in CUSTOMER.items() if name not in ("guardian_no", "updated_at")
    } | {
        "birth_date": date(1980, 5, 17),
        "id_valid_to": date(2036, 1, 1),
        "mobile": "+8613812345678",
        "eletter_consent": True,
        "deceased_on": None,
    }
    assert wang.core_updated_at == datetime(2026, 1, 1, 2, tzinfo=UTC)
    assert wang.mobile_index == blind_index("+8613812345678", "mobile")
    assert wang.id_no_index == blind_index("310115198005171239", "id_no")
    policy = Policy.objects.get()
    assert (policy.product, policy.agent, policy.status, policy.frequency) == (product, agent, "in_force", "annual")
    assert (policy.premium, policy.sum_assured, policy.cash_value, policy.account_value) == (
        *(Decimal("6800.50"), Decimal("300000.00"), Decimal("1200.50")),
        None,
    )
    assert (policy.applied_on, policy.expires_on, policy.callback_done_on) == (
        *(date(2024, 3, 1), date(2074, 3, 10)),
        None,
    )
    assert (policy.premium_term_years, policy.premium_account, policy.sales_channel) == (
        *(20, "6222021234567890128"),
        "agency",
    )
    assert roles("P1") == {
        ("C1", "policyholder", "", None),
        ("C1", "payer", "", None),
        ("C1", "insured", "self", None),
        ("C2", "insured", "child", None),
        ("C2", "beneficiary", "", Decimal("33.34")),
        ("C3", "beneficiary", "", Decimal("66.66")),
    }


def test_second_run_writes_nothing_at_all(book):
    book.write_family()
    book.write("policies", {})
    book.load()
    before = everything_stored()
    assert book.load() == 0
    assert [book.counts(name) for name in DEFAULTS] == [
        {"read": 1, "unchanged": 1},
        {"read": 1, "unchanged": 1},
        {"read": 3, "unchanged": 3},
        {"read": 1, "unchanged": 1},
    ]
    assert everything_stored() == before


def test_bom_crlf_and_columns_in_any_order(book):
    book.write("agents", {}, columns=list(reversed(DEFAULTS["agents"])), encoding="utf-8-sig")
    assert book.load() == 0
    assert b"\r\n" in (book.folder / "agents.csv").read_bytes()
    assert Agent.objects.get().agent_no == "A1"


def test_lf_alone(book):
    book.write("agents", {}, lineterminator="\n")
    assert book.load() == 0
    assert Agent.objects.count() == 1


def test_header_alone_is_a_valid_empty_file(book):
    book.write("customers")
    assert book.load() == 0
    assert book.counts("customers") == {}


def test_unknown_columns_are_ignored_with_one_warning(book):
    book.write("agents", {}, {"agent_no": "A2"}, columns=[*DEFAULTS["agents"], "remark", "shoe_size"])
    assert book.load() == 0
    assert book.warnings == "agents.csv: columns ignored: remark, shoe_size\n"


def test_columns_that_are_not_required_may_be_missing(book):
    required = ["customer_no", "kind", "name", "updated_at"]
    book.write("customers", {}, columns=required)
    assert book.load() == 0
    assert Customer.objects.get().mobile == ""


def test_rows_of_one_delivery_may_refer_to_an_earlier_file_or_to_the_database(book):
    book.write_family()
    book.load()
    for name in ("agents", "products", "customers"):
        (book.folder / f"{name}.csv").unlink()
    book.write("policies", {})
    assert book.load() == 0


# --- updates ---------------------------------------------------------------------------------------------------


def test_newer_row_updates_and_a_blank_cell_means_unknown(book):
    book.write("customers", {})
    book.load()
    changes = {"updated_at": "2026-02-01T10:00:00+08:00", "name": "王大明", "mobile": "", "eletter_consent": ""}
    book.write("customers", changes)
    assert book.load() == 0
    assert book.counts("customers") == {"read": 1, "updated": 1}
    wang = Customer.objects.get()
    assert (wang.name, wang.mobile, wang.mobile_index, wang.eletter_consent) == ("王大明", "", None, None)
    assert wang.core_updated_at == datetime(2026, 2, 1, 2, tzinfo=UTC)


def test_row_of_equal_time_and_other_content_is_applied(book):
    book.write("customers", {})
    book.load()
    book.write("customers", {"address": "南京路1号"})
    book.load()
    assert book.counts("customers") == {"read": 1, "updated": 1}
    assert Customer.objects.get().address == "南京路1号"


def test_older_row_is_stale_and_changes_nothing(book):
    book.write("customers", {})
    book.load()
    before = everything_stored()
    book.write("customers", {"updated_at": "2025-12-31T10:00:00+08:00", "name": "王大明"})
    assert book.load() == 0
    assert book.counts("customers") == {"read": 1, "stale": 1}
    assert everything_stored() == before


def test_newer_row_with_the_same_content_is_unchanged_and_moves_the_time_on(book):
    book.write_family()
    book.write("policies", {})
    book.load()
    book.write("customers", {"updated_at": "2026-02-01T10:00:00+08:00"})
    book.write("policies", {"updated_at": "2026-02-01T10:00:00+08:00"})
    book.load()
    assert book.counts("customers") == book.counts("policies") == {"read": 1, "unchanged": 1}
    moved = datetime(2026, 2, 1, 2, tzinfo=UTC)
    assert Customer.objects.get(customer_no="C1").core_updated_at == moved
    assert Policy.objects.get().core_updated_at == moved
    book.write("customers", {"updated_at": "2026-01-15T10:00:00+08:00"})
    book.load()
    assert book.counts("customers") == {"read": 1, "stale": 1}


def test_row_that_came_another_way_without_a_time_is_taken_over(book):
    CustomerFactory(customer_no="C1", core_updated_at=None)
    book.write("customers", {})
    book.load()
    assert book.counts("customers") == {"read": 1, "updated": 1}


def test_newest_row_of_a_key_wins_and_the_others_are_superseded(book, small_batches):
    book.write(
        "customers",
        *(person("C1", name=f"第{day}", updated_at=f"2026-01-{day:02d}T00:00:00Z") for day in (3, 9, 1, 5, 2)),
    )
    assert book.load() == 0
    assert book.counts("customers") == {"read": 5, "created": 1, "superseded": 4}
    assert Customer.objects.get().name == "第9"


def test_last_row_wins_among_equals_and_without_time(book, small_batches):
    book.write("customers", *(person("C1", name=f"第{n}") for n in range(5)))
    book.write("agents", *({"name": f"第{n}"} for n in range(5)))
    book.load()
    assert Customer.objects.get().name == Agent.objects.get().name == "第4"
    assert book.counts("agents") == {"read": 5, "created": 1, "superseded": 4}


def test_a_rejected_row_does_not_win_however_new_it_is(book):
    book.write("customers", person("C1"), person("C1", kind="robot", updated_at="2026-05-05T00:00:00Z"))
    assert book.load() == 1
    assert book.counts("customers") == {"read": 2, "created": 1, "rejected": 1}


def test_roles_follow_the_newest_row_and_those_that_stay_are_not_touched(book):
    book.write_family()
    book.write("policies", {})
    book.load()
    kept = PolicyRole.objects.get(customer__customer_no="C2", role="insured").pk
    changes = {"policyholder_no": "C2", "beneficiaries": "", "payer_no": "C3", "insureds": "C1:spouse|C2:child"}
    book.write("policies", changes | {"updated_at": "2026-02-01T10:00:00+08:00"})
    assert book.load() == 0
    assert book.counts("policies") == {"read": 1, "updated": 1}
    assert roles("P1") == {
        ("C2", "policyholder", "", None),
        ("C3", "payer", "", None),
        ("C1", "insured", "spouse", None),
        ("C2", "insured", "child", None),
    }
    assert PolicyRole.objects.get(customer__customer_no="C2", role="insured").pk == kept


# --- guardians -------------------------------------------------------------------------------------------------


def guardians():
    return dict(Customer.objects.values_list("customer_no", "guardian__customer_no"))


def test_guardian_may_stand_before_or_after_the_ward(book, small_batches):
    wards = [person(f"W{n}", guardian_no=f"G{n}") for n in range(4)]
    book.write("customers", person("G0"), *wards, person("G1"), person("G2"), person("G3"))
    assert book.load() == 0
    assert guardians() == {f"W{n}": f"G{n}" for n in range(4)} | {f"G{n}": None for n in range(4)}
    assert book.load() == 0
    assert book.counts("customers") == {"read": 8, "unchanged": 8}


def test_guardian_is_given_to_a_stored_ward_by_a_guardian_who_comes_later_in_the_file(book, small_batches):
    book.write("customers", person("W1"))
    book.load()
    others = [person(f"C{n}") for n in range(5)]
    book.write("customers", person("W1", guardian_no="G1"), *others, person("G1"))
    book.load()
    assert book.counts("customers") == {"read": 7, "created": 6, "updated": 1}
    assert guardians()["W1"] == "G1"


def test_two_who_are_each_others_guardians_are_taken_as_they_come(book, small_batches):
    book.write("customers", person("C1", guardian_no="C2"), person("C2", guardian_no="C1"))
    assert book.load() == 0
    assert guardians() == {"C1": "C2", "C2": "C1"}


def test_guardian_of_oneself_is_rejected(book):
    book.write("customers", person("C1", guardian_no="C1"))
    assert book.load() == 1
    assert book.faults("customers") == [("2", "guardian_no", "nobody is their own guardian")]


def test_ward_of_a_rejected_guardian_is_rejected_unless_the_guardian_is_stored(book, small_batches):
    rows = (
        person("W1", guardian_no="W2"),
        person("W2", guardian_no="G1"),
        person("C5"),
        person("G1", kind="robot"),
    )
    book.write("customers", *rows)
    assert book.load() == 1
    assert [(line, column) for line, column, _ in book.faults("customers")] == [
        ("2", "guardian_no"),
        ("3", "guardian_no"),
        ("5", "kind"),
    ]
    assert guardians() == {"C5": None}
    CustomerFactory(customer_no="G1", core_updated_at=None)
    assert book.load() == 1
    assert book.counts("customers") == {"read": 4, "created": 2, "unchanged": 1, "rejected": 1}
    assert guardians() == {"C5": None, "W2": "G1", "W1": "W2", "G1": None}


def test_stale_row_does_not_give_a_guardian_who_comes_later(book, small_batches):
    CustomerFactory(customer_no="W1", core_updated_at=datetime(2026, 6, 1, tzinfo=UTC))
    book.write("customers", person("W1", guardian_no="G1"), person("G1"))
    assert book.load() == 0
    assert book.counts("customers") == {"read": 2, "created": 1, "stale": 1}
    assert guardians()["W1"] is None


# --- rejects ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("product_code", "NONE"),
        ("policyholder_no", "C9"),
        ("payer_no", "C9"),
        ("insureds", "C1:self|C9:child"),
        ("beneficiaries", "C9:100"),
        ("agent_no", "A9"),
    ],
)
def test_reference_to_nothing_is_rejected_with_its_column(book, column, cell):
    book.write_family()
    book.write("policies", {column: cell})
    assert book.load() == 1
    [(line, found, error)] = book.faults("policies")
    assert (line, found) == ("2", column)
    assert "no such" in error
    assert "9" not in error.replace("A9", "")
    assert Policy.objects.count() == 0


def test_rejected_row_of_a_stored_key_still_counts_as_reference(book):
    book.write_family()
    book.load()
    book.write("customers", {"kind": "robot"})
    book.write("policies", {})
    assert book.load() == 1
    assert book.counts("customers") == {"read": 1, "rejected": 1}
    assert book.counts("policies") == {"read": 1, "created": 1}


def test_policy_of_a_rejected_new_customer_is_rejected(book):
    book.write_family()
    book.write("customers", {"kind": "robot"}, person("C2"), person("C3"))
    book.write("policies", {})
    assert book.load() == 1
    assert book.faults("policies") == [
        (
            *("2", "policyholder_no|insureds|payer_no"),
            "no such customer|entry 1: no such customer|no such customer",
        )
    ]


def test_good_rows_around_a_bad_one_are_kept(book, small_batches):
    book.write("customers", *(person(f"C{n}", kind="robot" if n % 2 else "individual") for n in range(8)))
    assert book.load() == 1
    assert book.counts("customers") == {"read": 8, "created": 4, "rejected": 4}
    assert [line for line, _, _ in book.faults("customers")] == ["3", "5", "7", "9"]


def test_rejects_keep_the_original_cells_and_name_every_fault(book):
    book.write("customers", person("C1", kind="robot", mobile=" 12 ", address="一,\n二"))
    assert book.load() == 1
    [row] = book.rejects("customers")
    assert list(row) == [*CUSTOMER, "_line", "_column", "_error"]
    assert (row["customer_no"], row["mobile"], row["address"]) == ("C1", " 12 ", "一,\n二")
    assert (row["_line"], row["_column"]) == ("2", "kind|mobile")
    assert row["_error"].count("|") == 1


def test_line_is_the_physical_line_where_the_record_starts(book):
    book.write("customers", person("C1", address="一\n二\n三"), person("C2", kind="robot"), lineterminator="\n")
    book.load()
    assert [line for line, _, _ in book.faults("customers")] == ["5"]


def test_mended_rejects_are_fed_again(book):
    book.write("customers", person("C1", kind="robot"), person("C2"), columns=[*CUSTOMER, "remark"])
    book.load()
    mended = book.rejects_path("customers").read_text(encoding="utf-8").replace("robot", "individual")
    (book.folder / "customers.csv").write_text(mended, encoding="utf-8")
    assert book.load() == 0
    assert book.counts("customers") == {"read": 1, "created": 1}
    assert book.warnings == "customers.csv: columns ignored: remark\n"
    assert not book.rejects_path("customers").exists()


def test_rejects_fed_again_unmended_are_the_same_rejects(book):
    book.write("agents", {"email": "nowhere"}, {"agent_no": "A2", "active": "perhaps"})
    book.load()
    first = book.rejects("agents")
    book.rejects_path("agents").rename(book.folder / "agents.csv")
    assert book.load() == 1
    assert book.rejects("agents") == first


def test_broken_rows_are_rejected_and_the_others_go_in(book):
    header = ",".join(DEFAULTS["agents"]).encode()
    rows = [
        b"A1,\xe6\x9d\x8e\xff,13900000001,,b,true",
        b"A2,Li\0Ming,13900000001,,b,true",
        b"A3,Li,13900000001,,b",
        b"A4,Li,13900000001,,b,true,surplus",
        b'A5,"Li,13900000001,,b,true',
        b"A6," + b"x" * 201 + b",13900000001,,b,true",
        b"A7,Li,13900000001,,b,true",
        b'A8,"Li"x,13900000001,,b,true',
        b"A9,Li,13900000001,,b,true",
    ]
    book.write_bytes("agents", b"\n".join([header, *rows]) + b"\n")
    assert book.load() == 1
    assert book.counts("agents") == {"read": 9, "created": 2, "rejected": 7}
    assert book.faults("agents") == [
        ("2", "name", "holds characters that are not UTF-8"),
        ("3", "name", "holds a NUL character"),
        ("4", "", "5 fields instead of 6"),
        ("5", "", "7 fields instead of 6"),
        ("6", "", "the quoting is wrong, or the record is too long"),
        ("7", "name", "longer than 200 characters"),
        ("9", "", "the quoting is wrong, or the record is too long"),
    ]
    rejects = book.rejects("agents")
    assert (rejects[0]["name"], rejects[1]["name"]) == ("李\ufffd", "Li\ufffdMing")
    assert rejects[2]["active"] == ""
    assert list(rejects[3].values())[:6] == ["A4", "Li", "13900000001", "", "b", "true"]
    assert rejects[4]["name"] == '"Li'


def test_no_error_repeats_a_personal_number(book):
    numbers = {"id_no": "310115198005171238", "mobile": "1381234567", "email": "wang@@example.com"}
    book.write("customers", {**numbers, "guardian_no": "C7654321"}, {"birth_date": "1980-05-18"})
    book.write_bytes("policies", b"")
    book.load()
    errors = " ".join(error for _, _, error in book.faults("customers"))
    for number in (*numbers.values(), "C7654321", "198005", "1980-05"):
        assert number not in errors
        assert number not in book.warnings + "".join(book.lines)


def test_errors_are_in_the_active_language(book):
    book.write("customers", person("C1", kind=""))
    with translation.override("zh-hans"):
        book.load()
        chinese = book.faults("customers")[0][2]
        assert chinese == translation.gettext("is required")


# --- files refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\n", "is empty"),
        (b"customer_no,kind\nC1,individual\n", "required columns are missing: name, updated_at"),
        ("customer_no,kind,name,updated_at\n".encode("utf-16"), "required columns are missing"),
        (b"customer_no,kind,name,name,updated_at\n", "columns that stand there twice: name"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_the_others_go_on(book, content, reason):
    book.write("agents", {})
    book.write("products", {})
    book.write_bytes("customers", content)
    book.write("policies", {})
    assert book.load() == 2
    assert f"customers.csv: refused: {reason}" in book.warnings
    assert book.counts("customers") == {}
    assert book.counts("agents") == {"read": 1, "created": 1}
    assert book.counts("policies") == {"read": 1, "rejected": 1}


def test_an_unreadable_file_is_refused(book):
    book.write("agents", {})
    (book.folder / "products.csv").mkdir()
    assert book.load() == 2
    assert "products.csv: refused: can't be read" in book.warnings
    assert Agent.objects.count() == 1


def test_a_link_to_nowhere_is_refused_and_not_passed_over(book):
    book.write("agents", {})
    (book.folder / "customers.csv").symlink_to(book.folder / "gone.csv")
    assert book.load() == 2
    assert "customers.csv: refused: can't be read" in book.warnings


def test_rejects_are_no_more_readable_than_the_file(book):
    book.write("customers", person("C1", kind="robot"))
    (book.folder / "customers.csv").chmod(0o400)
    book.load()
    assert book.rejects_path("customers").stat().st_mode & 0o777 == 0o600


def test_rejects_that_cannot_be_written_refuse_the_file(book):
    book.write("customers", person("C1", kind="robot"))
    book.rejects_path("customers").mkdir()
    assert book.load() == 2


def test_refused_is_worse_than_rejected(book):
    book.write("agents", {"active": "perhaps"})
    book.write_bytes("customers", b"")
    assert book.load() == 2


def test_a_folder_with_nothing_in_it_is_an_error(tmp_path):
    with pytest.raises(CommandError) as error:
        call_command("import_policy_book", str(tmp_path))
    assert error.value.returncode == 2


def test_old_rejects_are_gone_once_everything_is_in(book):
    book.write("agents", {"active": "perhaps"})
    book.load()
    assert book.rejects_path("agents").exists()
    book.write("agents", {})
    book.load()
    assert not book.rejects_path("agents").exists()


def test_two_files_of_one_day_in_either_order_leave_the_newest(book):
    for day in ("2026-02-01", "2026-01-01"):
        book.write("customers", person("C1", name=day, updated_at=f"{day}T00:00:00Z"))
        book.load()
    assert Customer.objects.get().name == "2026-02-01"


def test_the_rejects_file_is_csv_by_rfc_4180(book):
    book.write("agents", {"name": 'Li "Ming", Esq.', "active": "perhaps"})
    book.load()
    content = book.rejects_path("agents").read_bytes()
    assert content.count(b"\r\n") == 2
    assert next(csv.reader([content.decode().split("\r\n")[1]]))[1] == 'Li "Ming", Esq.'
