"""Reading a row without a database: forms of values, contradictions, winners."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from members.book.agents import AGENTS
from members.book.customers import CUSTOMERS
from members.book.faults import FileRefused
from members.book.policies import POLICIES
from members.book.products import PRODUCTS
from members.book.records import Record
from members.book.sheet import REPLACEMENT, Layout
from members.book.survey import Survey
from tests.members.book import DEFAULTS, person

TODAY = date(2026, 11, 23)
SHEETS = {sheet.name: sheet for sheet in (AGENTS, PRODUCTS, CUSTOMERS, POLICIES)}


def read(sheet, /, **changes):
    cells = DEFAULTS[sheet] | changes
    return Layout(SHEETS[sheet], list(cells)).row(Record(2, list(cells.values())), TODAY)


def faults(sheet, /, **changes):
    with translation.override("en"):
        return [(fault.column, str(fault.message)) for fault in read(sheet, **changes).faults]


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_ordinary_row_is_good(name):
    assert faults(name) == []


def test_the_columns_are_those_of_the_contract():
    assert {name: [column.name for column in sheet.columns] for name, sheet in SHEETS.items()} == {
        name: list(row) for name, row in DEFAULTS.items()
    }


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column.name) for name, sheet in SHEETS.items() for column in sheet.columns if column.required],
)
def test_a_required_cell_must_not_be_empty(name, column):
    assert faults(name, **{column: ""}) == [(column, "is required")]
    assert faults(name, **{column: "  "}) == [(column, "is required")]


@pytest.mark.parametrize(
    ("name", "column"),
    [(name, column.name) for name, sheet in SHEETS.items() for column in sheet.columns if not column.required],
)
def test_any_other_cell_may_be_empty(name, column):
    assert faults(name, **{column: ""}) == []


@pytest.mark.parametrize(
    ("name", "column", "limit"),
    [
        ("agents", "agent_no", 20),
        ("agents", "name", 200),
        ("agents", "email", 254),
        ("agents", "branch", 100),
        ("products", "product_code", 20),
        ("products", "name_zh", 200),
        ("products", "name_en", 200),
        ("products", "category", 100),
        ("products", "attached_services", 4000),
        ("customers", "customer_no", 20),
        ("customers", "name", 200),
        ("customers", "name_en", 200),
        ("customers", "id_no", 100),
        ("customers", "mobile", 100),
        ("customers", "email", 254),
        ("customers", "city", 100),
        ("customers", "address", 500),
        ("customers", "postcode", 100),
        ("customers", "guardian_no", 20),
        ("customers", "updated_at", 100),
        ("policies", "policy_no", 20),
        ("policies", "product_code", 20),
        ("policies", "policyholder_no", 20),
        ("policies", "payer_no", 20),
        ("policies", "agent_no", 20),
        ("policies", "insureds", 4000),
        ("policies", "beneficiaries", 4000),
        ("policies", "premium", 100),
        ("policies", "premium_account", 100),
    ],
)
def test_a_cell_over_its_length_is_a_fault(name, column, limit):
    assert faults(name, **{column: "字" * (limit + 1)}) == [(column, f"longer than {limit} characters")]


@pytest.mark.parametrize(
    ("column", "limit"), [("name", 200), ("address", 500), ("city", 100), ("customer_no", 20), ("postcode", 100)]
)
def test_a_cell_of_the_full_length_is_good(column, limit):
    assert faults("customers", **{column: "字" * limit}) == []


@pytest.mark.parametrize("cell", ["26-01-01", "2026-1-1", "2026/01/01", "20260101", "2026-02-30", "2026-W01-1", "今天"])
def test_what_is_no_date(cell):
    assert faults("customers", id_valid_to=cell) == [("id_valid_to", "not a date such as 2026-03-31")]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-01-01T10:00:00+08:00", datetime(2026, 1, 1, 2, tzinfo=UTC)),
        ("2026-01-01T02:00:00Z", datetime(2026, 1, 1, 2, tzinfo=UTC)),
        ("2026-01-01T02:00:00.5Z", datetime(2026, 1, 1, 2, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-01T10:00+0800", datetime(2026, 1, 1, 2, tzinfo=UTC)),
    ],
)
def test_time_is_kept_in_utc(cell, moment):
    assert read("customers", updated_at=cell).values["updated_at"] == moment


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-01T10:00:00",
        "2026-01-01",
        "2026-01-01 10:00:00+08:00",
        "2026-01-01T25:00:00Z",
        "0001-01-01T00:00+08:00",
    ],
)
def test_what_is_no_time_with_offset(cell):
    assert faults("customers", updated_at=cell) == [
        ("updated_at", "not a time with offset such as 2026-03-31T09:30:00+08:00")
    ]


@pytest.mark.parametrize(
    ("cell", "amount"), [("0", "0"), ("1200", "1200"), ("1200.5", "1200.50"), ("9999999999999999.99",) * 2]
)
def test_money(cell, amount):
    assert read("policies", premium=cell).values["premium"] == Decimal(amount)


@pytest.mark.parametrize(
    "cell", ["-1", "+1", "1,200", "1200.", ".5", "1.234", "1e3", "¥12", "１２", "NaN", "99999999999999999"]
)
def test_what_is_no_money(cell):
    assert faults("policies", premium=cell) == [
        ("premium", "not an amount such as 1200.50, without sign or separators")
    ]


@pytest.mark.parametrize("cell", ["True", "yes", "1", "是"])
def test_what_is_neither_true_nor_false(cell):
    assert faults("customers", eletter_consent=cell) == [("eletter_consent", "neither true nor false")]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("products", "category"),
        ("products", "design_type"),
        ("products", "term"),
        ("customers", "kind"),
        ("customers", "gender"),
        ("customers", "id_type"),
        ("customers", "language"),
        ("policies", "status"),
        ("policies", "frequency"),
        ("policies", "sales_channel"),
    ],
)
def test_a_word_that_is_not_in_the_list(name, column):
    [(found, message)] = faults(name, **{column: "Other"})
    assert found == column
    assert message.startswith("not one of: ")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("13812345678", "+8613812345678"),
        ("138 1234-5678", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("+852 9123 4567", "+85291234567"),
        ("+1 650 253 0000", "+16502530000"),
    ],
)
def test_mobile_is_kept_as_e164(cell, number):
    assert read("customers", mobile=cell).values["mobile"] == number


@pytest.mark.parametrize(
    "cell", ["1381234567", "138123456789", "12812345678", "02165432100", "+8612812345678", "138/12345678", "+", "abc"]
)
def test_what_is_no_mobile_number(cell):
    assert faults("customers", mobile=cell) == [
        ("mobile", "neither an international number with + nor a Chinese mobile number")
    ]


@pytest.mark.parametrize("cell", ["wang", "wang@", "a b@example.com", "a@example.com\nbcc:x@example.com"])
def test_what_is_no_address_of_email(cell):
    assert faults("customers", email=cell) == [("email", "not an e-mail address")]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("622202123456789", "not 16 to 19 digits"),
        ("62220212345678901280", "not 16 to 19 digits"),
        ("6222 0212 3456 7890 128", "not 16 to 19 digits"),
        ("6222021234567890129", "the check digit is wrong"),
    ],
)
def test_what_is_no_bank_card(cell, message):
    assert faults("policies", premium_account=cell) == [("premium_account", message)]


def test_bank_card_of_sixteen_digits():
    assert faults("policies", premium_account="6222021234567894") == []


@pytest.mark.parametrize("cell", ["0", "100", "-1", "1.5", "life"])
def test_what_is_no_number_of_premium_years(cell):
    assert faults("policies", premium_term_years=cell) == [("premium_term_years", "not a number of years from 1 to 99")]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"id_no": "310115198005171238"}, ("id_no", "the check digit is wrong")),
        ({"id_no": "31011519800517123"}, ("id_no", "not 17 digits and a digit or X")),
        ({"id_no": "310115198002301239"}, ("id_no", "holds a birth date that does not exist")),
        ({"id_no": "310115202611241239"}, ("id_no", "holds a birth date in the future")),
        ({"birth_date": "1980-05-18"}, ("birth_date", "does not agree with the resident ID")),
        ({"gender": "female"}, ("gender", "does not agree with the resident ID")),
        ({"guardian_no": "C1"}, ("guardian_no", "nobody is their own guardian")),
        ({"deceased_on": "1980-05-16"}, ("deceased_on", "before the birth")),
        ({"deceased_on": "1980-05-16", "birth_date": ""}, ("deceased_on", "before the birth")),
    ],
)
def test_contradictions_of_a_customer(changes, fault):
    assert faults("customers", **changes) == [fault]


def test_birth_and_gender_may_be_unknown_beside_a_resident_id():
    assert faults("customers", birth_date="", gender="") == []


def test_death_on_the_day_of_birth_is_no_contradiction():
    assert faults("customers", deceased_on="1980-05-17") == []


def test_resident_id_is_kept_with_a_capital_x():
    row = read("customers", id_no="11010519491231002x", birth_date="", gender="")
    assert row.values["id_no"] == "11010519491231002X"


def test_other_documents_are_not_checked_as_resident_ids():
    assert faults("customers", id_type="passport", id_no="E12345678") == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"expires_on": "2024-03-09"}, ("expires_on", "before the policy takes effect")),
        ({"frequency": "single"}, ("premium_term_years", "a single premium has one premium year")),
        ({"insureds": "C1:self|C1:spouse"}, ("insureds", "a person is named twice")),
        ({"insureds": "C1"}, ("insureds", "entry 1: not of the form number:value")),
        ({"insureds": "C1:self|"}, ("insureds", "entry 2: not of the form number:value")),
        ({"insureds": "C1:self|:child"}, ("insureds", "entry 2: not of the form number:value")),
        ({"insureds": f"{'C' * 21}:self"}, ("insureds", "entry 1: longer than 20 characters")),
        ({"beneficiaries": "C2:33.33|C3:66.66"}, ("beneficiaries", "the shares do not add up to 100")),
        ({"beneficiaries": "C2:60|C3:60"}, ("beneficiaries", "the shares do not add up to 100")),
        ({"beneficiaries": "C2:33.333|C3:66.667"}, ("beneficiaries", "entry 1: not a share such as 33.34 or 50%")),
        ({"beneficiaries": "C2:150|C3:-50"}, ("beneficiaries", "entry 2: not a share such as 33.34 or 50%")),
        ({"beneficiaries": "C2:half"}, ("beneficiaries", "entry 1: not a share such as 33.34 or 50%")),
    ],
)
def test_contradictions_of_a_policy(changes, fault):
    assert faults("policies", **changes) == [fault]


def test_unknown_relation_names_the_entry():
    [(column, message)] = faults("policies", insureds="C1:self|C2:friend")
    assert column == "insureds"
    assert message.startswith("entry 2: not one of: self, spouse")


def test_a_single_premium_of_one_year_and_an_expiry_on_the_first_day_are_good():
    assert faults("policies", frequency="single", premium_term_years="1", expires_on="2024-03-10") == []


def test_shares_add_up_exactly_in_hundredths():
    shares = dict(read("policies", beneficiaries="C1:33.33%|C2:33.33|C3:33.34%").values["beneficiaries"])
    assert shares == {"C1": Decimal("33.33"), "C2": Decimal("33.33"), "C3": Decimal("33.34")}


def test_a_beneficiary_named_twice_gets_the_sum():
    assert read("policies", beneficiaries="C2:30|C2:70").values["beneficiaries"] == [("C2", Decimal("100"))]


def test_unknown_service_of_a_product_names_the_entry():
    assert faults("products", attached_services="dental_cleaning|massage") == [
        ("attached_services", "entry 2: no such service in the catalogue")
    ]


def test_several_faults_of_a_row_are_all_told():
    found = faults("customers", kind="robot", mobile="1", eletter_consent="maybe", updated_at="")
    assert [column for column, _ in found] == ["kind", "mobile", "eletter_consent", "updated_at"]


@pytest.mark.parametrize("cell", ["a\0b", "a\udcffb", "a" + REPLACEMENT])
def test_unreadable_characters_are_a_fault_of_their_cell(cell):
    [(column, _message)] = faults("customers", city=cell)
    assert column == "city"


def test_unreadable_characters_in_an_unknown_column_are_a_fault_of_the_row():
    layout = Layout(AGENTS, [*DEFAULTS["agents"], "remark"])
    row = layout.row(Record(2, [*DEFAULTS["agents"].values(), "\udcff"]), TODAY)
    assert [fault.column for fault in row.faults] == [""]


@pytest.mark.parametrize("number", [5, 7])
def test_wrong_number_of_fields_is_the_only_fault_told(number):
    cells = list(DEFAULTS["agents"].values())
    row = Layout(AGENTS, list(DEFAULTS["agents"])).row(Record(2, [*cells, "x"][:number]), TODAY)
    with translation.override("en"):
        assert [(f.column, str(f.message)) for f in row.faults] == [("", f"{number} fields instead of 6")]


def test_no_fault_repeats_what_the_cell_held():
    personal = "张伟310115198005171238x"
    for name, sheet in SHEETS.items():
        for column in sheet.columns:
            for _column, message in faults(name, **{column.name: personal}):
                assert "张伟" not in message
                assert "1980" not in message


def test_header_may_have_any_order_and_unknown_columns():
    columns = ["remark", *reversed(DEFAULTS["agents"]), "_line", "_column", "_error", "", ""]
    layout = Layout(AGENTS, columns)
    cells = [DEFAULTS["agents"].get(name, "") for name in columns]
    assert layout.row(Record(2, cells), TODAY).faults == []
    assert layout.ignored == ("remark",)


@pytest.mark.parametrize(
    "header", [["agent_no", "name"], [], ["agent_no"] * 6, [*DEFAULTS["agents"], "name"], ["\udcff"]]
)
def test_header_that_cannot_be_used_refuses_the_file(header):
    with pytest.raises(FileRefused):
        Layout(AGENTS, header)


# --- which row wins --------------------------------------------------------------------------------------------


def customer_row(line, customer_no, *, day=1, guardian=None):
    cells = person(customer_no, updated_at=f"2026-01-{day:02d}T00:00:00Z", guardian_no=guardian or "")
    return Layout(CUSTOMERS, list(cells)).row(Record(line, list(cells.values())), TODAY)


def survey_of(*rows):
    survey = Survey(CUSTOMERS)
    for row, needs in rows:
        survey.add(row, needs=needs)
    survey.settle()
    return survey


def test_newest_wins_wherever_it_stands():
    old, new, older = customer_row(2, "C1", day=2), customer_row(3, "C1", day=3), customer_row(4, "C1", day=1)
    survey = survey_of((old, None), (new, None), (older, None))
    assert [survey.wins(row) for row in (old, new, older)] == [False, True, False]


def test_last_of_equals_wins():
    first, last = customer_row(2, "C1"), customer_row(3, "C1")
    survey = survey_of((first, None), (last, None))
    assert [survey.wins(first), survey.wins(last)] == [False, True]


def test_a_newer_row_that_needs_what_never_comes_does_not_win():
    good, bad = customer_row(2, "C1", day=1), customer_row(3, "C1", day=2, guardian="C9")
    survey = survey_of((good, None), (bad, "C9"))
    assert survey.wins(good)


def test_a_chain_of_needs_falls_with_its_end_and_stands_with_it():
    def chain(*, end):
        rows = [(customer_row(n, f"C{n}", guardian=f"C{n + 1}"), f"C{n + 1}") for n in range(1, 5000)]
        return survey_of(*rows, *([(customer_row(5000, "C5000"), None)] if end else []))

    assert [chain(end=True).brings(f"C{n}") for n in (1, 2500, 5000)] == [True, True, True]
    assert [chain(end=False).brings(f"C{n}") for n in (1, 2500, 4999)] == [False, False, False]


def test_a_circle_of_needs_stands():
    survey = survey_of((customer_row(2, "C1", guardian="C2"), "C2"), (customer_row(3, "C2", guardian="C1"), "C1"))
    assert survey.brings("C1")
    assert survey.brings("C2")


def test_time_of_a_file_without_updated_at_counts_as_equal():
    survey = Survey(AGENTS)
    first, last = read("agents"), read("agents")
    last.line = 3
    survey.add(first)
    survey.add(last)
    survey.settle()
    assert survey.wins(last)
