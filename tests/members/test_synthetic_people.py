"""Who is in a synthetic book: all sorts of people, families and firms, as small as it may be."""

import csv
import re
import unicodedata
from collections import Counter

import pytest

from members.catalogue import FOLDER
from members.synthetic.dice import Dice
from members.synthetic.people import Registry
from members.synthetic.places import REGIONS
from tests.members.synthetic_books import TODAY, day, written_book

EXTENSIONS = {"A": (0x3400, 0x4DBF), "B": (0x20000, 0x2A6DF), "C": (0x2A700, 0x2B739), "D": (0x2B740, 0x2B81D)}
EXTENSIONS["E"] = (0x2B820, 0x2CEA1)
#: 通用规范汉字表 (2013), third part: those of its characters that the book uses and that lie outside the basic block.
IN_THE_TABLE = set("㛃㻬䶮𤧛𤩽𪟝𫍯𫖮𫞩𫟼𬍛𬘓𬤊𬭎𬱖𬸚")


@pytest.fixture(params=[1, 2, 3])
def book(request):
    return written_book(seed=request.param)


def age(row):
    born = day(row["birth_date"])
    return TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))


def relations(book):
    return Counter(relation for policy in book.policies for _, relation in book.insureds(policy))


def test_families_share_policies(book):
    found = relations(book)
    assert found["child"] > 20
    assert found["spouse"] >= 2
    assert found["parent"] >= 1
    heirs = [p for p in book.policies if p["beneficiaries"] and p["policyholder_no"] not in p["beneficiaries"]]
    assert len(heirs) > 30
    paid_by_others = [p for p in book.policies if p["payer_no"] not in ("", p["policyholder_no"])]
    assert len(paid_by_others) > 3


def test_companies_insure_their_employees(book):
    firms = {row["customer_no"] for row in book.customers if row["kind"] == "corporate"}
    groups = [p for p in book.policies if p["policyholder_no"] in firms]
    assert groups
    for policy in groups:
        assert len(book.insureds(policy)) >= 3
        assert {relation for _, relation in book.insureds(policy)} == {"employee"}


def test_children_have_guardians_and_their_fathers_surname(book):
    minors = [row for row in book.customers if row["birth_date"] and age(row) < 18]
    assert len(minors) > 20
    for child in minors:
        assert age(book.customer[child["guardian_no"]]) >= 18
    assert len([child for child in minors if age(child) == 0]) >= 1
    assert {bool(row["guardian_no"]) for row in book.customers if row["birth_date"] and age(row) >= 18} == {False}


def test_a_quarter_of_the_people_are_over_sixty():
    ages = [age(row) for row in written_book(3000, 5).customers if row["birth_date"]]
    assert sum(one >= 60 for one in ages) / len(ages) > 0.25
    assert (min(ages), max(ages)) == (0, 95)


def test_prospects_have_no_policy(book):
    prospects = {row["customer_no"] for row in book.customers if row["kind"] == "prospect"}
    assert len(prospects) > 3
    for policy in book.policies:
        assert not prospects & {policy["policyholder_no"], *(person for person, _ in book.insureds(policy))}


def test_some_can_not_be_reached(book):
    adults = [row for row in book.customers if row["kind"] == "individual" and not row["guardian_no"]]
    silent = [row for row in adults if not (row["mobile"] or row["email"] or row["address"])]
    assert silent
    for column in ("mobile", "email", "address"):
        assert [row for row in adults if not row[column] and row not in silent], column
    assert {row["eletter_consent"] for row in adults} == {"", "true", "false"}
    assert {row["language"] for row in adults} == {"", "zh-hans", "en"}
    assert [row for row in adults if row["deceased_on"]]


def test_residence_permits_and_a_region_of_later_than_the_birth_occur(book):
    regions = {row["id_no"][:6]: row for row in book.customers if row["id_type"] == "resident_id"}
    assert {"810000", "820000", "830000", "310115"} <= set(regions)


def test_no_two_people_have_the_same_resident_id():
    registry = Registry(Dice(1), TODAY)
    # Of one age and region: by chance alone, some twenty would share one.
    people = [registry.adult(age=40, gender="male", region=REGIONS.items[0], ordinary=True) for _ in range(4000)]
    numbers = [person.id_no for person in people if person.id_type == "resident_id"]
    assert len(set(numbers)) == len(numbers) == 4000


def test_some_names_have_rare_characters_or_an_interpunct(book):
    names = "".join(row["name"] for row in book.customers)
    rare = {char for char in names if unicodedata.name(char).startswith("CJK") and not "\u4e00" <= char <= "\u9fff"}
    assert rare
    assert rare <= IN_THE_TABLE
    assert [row for row in book.customers if re.fullmatch(r"[\u4e00-\u9fff]+·[\u4e00-\u9fff]+", row["name"])]


def test_rare_characters_of_five_extensions_occur_in_a_larger_book():
    names = "".join(row["name"] for row in written_book(3000, 5).customers)
    for extension, (first, last) in EXTENSIONS.items():
        assert [char for char in names if first <= ord(char) <= last], extension


def test_surnames_are_as_frequent_as_in_life():
    found = Counter(row["name"][0] for row in written_book(3000, 5).customers if row["kind"] == "individual")
    assert {name for name, _ in found.most_common(5)} == set("王李张刘陈")


def test_every_kind_of_product_is_on_the_list():
    products = written_book().products
    catalogue = {row["code"]: row for row in csv.DictReader((FOLDER / "products.csv").open(encoding="utf-8"))}
    listed = {row["product_code"]: row for row in products}
    for code, row in catalogue.items():
        for column in ("name_zh", "name_en", "category", "attached_services"):
            assert listed[code][column] == row[column]
    assert len({row["category"] for row in products}) == 7
    assert len({row["design_type"] for row in products}) == 4
    assert {row["term"] for row in products} == {"long", "short"}


def test_agents_belong_to_branches_and_some_have_left():
    agents = written_book().agents
    assert len({row["branch"] for row in agents}) > 5
    assert {row["active"] for row in agents} == {"true", "false"}


def test_all_four_tiers_occur_and_most_people_have_none(book):
    tiers = {row["code"]: int(row["min_vip_premium_cny"]) for row in tier_rows()}
    premium: Counter[str] = Counter()
    for p in book.policies:
        past_cooling_off = p["cooling_off_ends_on"] and day(p["cooling_off_ends_on"]) < TODAY
        if p["status"] == "in_force" and past_cooling_off and book.product[p["product_code"]]["term"] == "long":
            premium[p["policyholder_no"]] += vip_premium(p)
    holders = len({p["policyholder_no"] for p in book.policies})
    reached = Counter()
    for amount in premium.values():
        best = [code for code, least in tiers.items() if amount >= least]
        reached.update(best[-1:])
    assert set(reached) == {"gold", "platinum", "diamond", "black_diamond"}
    assert sum(reached.values()) / holders < 0.2


def tier_rows():
    with (FOLDER / "tiers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def vip_premium(policy) -> float:
    """Annualised premium by the factor of its premium term (tiers.csv, rule_en)."""
    a_year = {"single": 1, "annual": 1, "semiannual": 2, "quarterly": 4, "monthly": 12}[policy["frequency"]]
    years = int(policy["premium_term_years"])
    factor = 0.1 if policy["frequency"] == "single" else 1.0 if years >= 10 else 0.6 if years >= 5 else 0.4
    return float(policy["premium"]) * a_year * factor
