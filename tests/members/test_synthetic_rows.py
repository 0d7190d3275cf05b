"""Every row of a synthetic book is one that docs/feeds.md takes; the rules are written out again here."""

import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import pytest
from stdnum import luhn

from tests.members.synthetic_books import TODAY, day, written_book

SEEDS = [1, 2, 3]

COLUMNS = {
    "agents": "agent_no! name! mobile! email branch! active!",
    "products": "product_code! name_zh! name_en! category! design_type! term! attached_services",
    "customers": (
        "customer_no! kind! name! name_en gender birth_date id_type id_no id_valid_to mobile email province city "
        "district address postcode language eletter_consent guardian_no deceased_on updated_at!"
    ),
    "policies": (
        "policy_no! product_code! status! applied_on! effective_on! delivered_on receipt_signed_on callback_done_on "
        "cooling_off_ends_on waiting_period_ends_on guarantee_ends_on annuity_starts_on proof_of_life_due_on "
        "expires_on premium! frequency! premium_term_years! paid_to_on premium_holiday_until lapsed_on sum_assured! "
        "cash_value account_value loan_balance loan_due_on premium_account policyholder_no! insureds! beneficiaries "
        "payer_no agent_no sales_channel updated_at!"
    ),
}
CHOICES = {
    "active": "true false",
    "category": "whole_life term_life endowment annuity critical_illness medical accident",
    "design_type": "traditional participating universal unit_linked",
    "term": "long short",
    "kind": "individual corporate prospect",
    "gender": "female male",
    "id_type": "resident_id passport hk_macao_permit taiwan_permit foreign_pr_card uscc",
    "language": "zh-hans en",
    "eletter_consent": "true false",
    "status": "in_force grace lapsed paid_up matured surrendered terminated claimed",
    "frequency": "single annual semiannual quarterly monthly",
    "sales_channel": "agency bank broker direct online",
}
RELATIONS = {"self", "spouse", "child", "parent", "employee", "other"}
MONEY_COLUMNS = {"premium", "sum_assured", "cash_value", "account_value", "loan_balance"}
LISTS = {"insureds": 4000, "beneficiaries": 4000, "attached_services": 4000}
LENGTHS = {"name": 200, "name_en": 200, "name_zh": 200, "address": 500, "email": 254} | LISTS


def faults(name: str, row: dict[str, str]) -> list[str]:
    found = []
    for column in COLUMNS[name].split():
        required, column = column.endswith("!"), column.removesuffix("!")
        text = row[column]
        if not text:
            found += [f"{column} is empty"] if required else []
            continue
        limit = 20 if column.endswith("_no") and column != "id_no" else LENGTHS.get(column, 100)
        if len(text) > limit or text != text.strip() or "\0" in text:
            found.append(f"{column} too long or blank at the ends: {text}")
        if column in CHOICES and text not in CHOICES[column].split():
            found.append(f"{column}: {text}")
        if column.endswith("_on") and not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            found.append(f"{column}: {text}")
        if column in MONEY_COLUMNS and not re.fullmatch(r"\d+(\.\d{1,2})?", text):
            found.append(f"{column}: {text}")
        if column == "updated_at" and not (datetime.fromisoformat(text).utcoffset() is not None):
            found.append(f"{column}: {text}")
        if column == "mobile" and not re.fullmatch(r"(\+86|\+852)?\d{8,11}", re.sub("[ -]", "", text)):
            found.append(f"{column}: {text}")
        if column == "email" and not re.fullmatch(r"[a-z0-9.]+@([a-z]+\.)?example\.(com|net|org)", text):
            found.append(f"{column}: {text}")
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", list(COLUMNS))
def test_every_cell_has_the_form_of_the_feed(name, seed):
    rows = getattr(written_book(seed=seed), name)
    assert list(rows[0]) == [column.removesuffix("!") for column in COLUMNS[name].split()]
    assert [(row, found) for row in rows if (found := faults(name, row))] == []


@pytest.mark.parametrize(("name", "key"), [("agents", "agent_no"), ("products", "product_code")])
def test_keys_of_the_small_files_are_unique(name, key):
    assert max(Counter(row[key] for row in getattr(written_book(), name)).values()) == 1


def test_customers_and_policies_are_unique():
    book = written_book()
    assert len(book.customers) == len(book.customer) == 300
    assert len(book.policies) == len(book.policy)


@pytest.mark.parametrize("seed", SEEDS)
def test_references_exist_in_the_delivery(seed):
    book = written_book(seed=seed)
    agents = {row["agent_no"] for row in book.agents}
    for policy in book.policies:
        people = [policy["policyholder_no"], *(person for person, _ in book.insureds(policy))]
        people += [part.split(":")[0] for part in policy["beneficiaries"].split("|") if part]
        people += [policy["payer_no"]] if policy["payer_no"] else []
        assert set(people) <= set(book.customer)
        assert policy["product_code"] in book.product
        assert policy["agent_no"] in agents | {""}
    guardians = {row["guardian_no"] for row in book.customers if row["guardian_no"]}
    assert guardians <= set(book.customer)
    assert [row for row in book.customers if row["guardian_no"] == row["customer_no"]] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_insureds_and_shares_of_a_policy_are_sound(seed):
    book = written_book(seed=seed)
    for policy in book.policies:
        insureds = book.insureds(policy)
        assert {relation for _, relation in insureds} <= RELATIONS
        assert len({person for person, _ in insureds}) == len(insureds)
        if policy["beneficiaries"]:
            shares = [part.split(":")[1].removesuffix("%") for part in policy["beneficiaries"].split("|")]
            assert sum(Decimal(share) for share in shares) == 100
        for person, relation in insureds:
            assert (relation == "self") == (person == policy["policyholder_no"])


@pytest.mark.parametrize("seed", SEEDS)
def test_resident_ids_follow_gb_11643_and_agree_with_the_person(seed):
    rows = [row for row in written_book(seed=seed).customers if row["id_type"] == "resident_id"]
    assert len(rows) > 200
    for row in rows:
        number = row["id_no"]
        assert re.fullmatch(r"\d{17}[\dX]", number)
        # GB 11643-1999, annex A: ISO 7064 MOD 11-2, by its weights.
        weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
        assert number[17] == "10X98765432"[total % 11]
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        assert born <= TODAY
        assert row["birth_date"] in ("", born.isoformat())
        assert row["gender"] == ("male" if int(number[16]) % 2 else "female")


def test_company_codes_follow_gb_32100():
    rows = [row for row in written_book(3000).customers if row["kind"] == "corporate"]
    assert len(rows) > 5
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for row in rows:
        assert (row["id_type"], len(row["id_no"]), row["id_no"][:2]) == ("uscc", 18, "91")
        total = sum(alphabet.index(char) * pow(3, place, 31) for place, char in enumerate(row["id_no"][:17]))
        assert alphabet.index(row["id_no"][17]) == -total % 31
        organisation = row["id_no"][8:17]  # with a check character of its own (GB 11714)
        rest = sum(int(c, 36) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2), strict=False)) % 11
        assert organisation[8] == "0X987654321"[rest]


def test_other_documents_look_like_themselves():
    forms = {
        "passport": r"E[0-9A-Z]\d{7}|\d{9}|[A-Z]\d{8}|T[A-Z]\d{7}",
        "hk_macao_permit": r"[HM]\d{8}(\d\d)?",
        "taiwan_permit": r"\d{8}",
        "foreign_pr_card": r"[A-Z]{3}\d{12}|9\d{16}[\dX]",
    }
    seen = Counter()
    for row in written_book().customers:
        if form := forms.get(row["id_type"]):
            assert re.fullmatch(form, row["id_no"]), row
            seen[row["id_type"]] += 1
    assert set(seen) == set(forms)


def test_premium_accounts_are_bank_cards():
    cards = [row["premium_account"] for row in written_book().policies if row["premium_account"]]
    assert len(cards) > 200
    for card in cards:
        assert re.fullmatch(r"\d{16,19}", card)
        assert luhn.is_valid(card)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_has_happened_after_the_books_day(seed):
    book = written_book(seed=seed)
    past = ("applied_on", "effective_on", "delivered_on", "receipt_signed_on", "callback_done_on", "lapsed_on")
    for policy in book.policies:
        assert [name for name in past if (found := day(policy[name])) and found > TODAY] == []
        assert datetime.fromisoformat(policy["updated_at"]).date() < TODAY
    for person in book.customers:
        assert [name for name in ("birth_date", "deceased_on") if (found := day(person[name])) and found > TODAY] == []
        assert datetime.fromisoformat(person["updated_at"]).date() < TODAY
        assert not person["deceased_on"] or person["deceased_on"] > person["birth_date"]
