"""Customers: rows of customers.csv, with what the rest of the book must know about them."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from members.ages import age_on
from members.synthetic import names, numbers
from members.synthetic.days import day_between, days_later, years_later
from members.synthetic.names import SURNAMES, Surname
from members.synthetic.places import Region, birth_region, street_address

SHANGHAI = ZoneInfo("Asia/Shanghai")

#: Peculiarities that even a small book must have; the first adults take one each.
FEATURES = (
    "rare_name", "permit_810000", "dotted_name", "unreachable", "permit_820000", "english", "foreign_passport",
    "rare_name", "no_mobile", "permit_830000", "hk_macao_permit", "no_email", "foreign_pr_card", "taiwan_permit",
    "region_310115", "old_foreign_pr_card", "chinese_passport", "no_address", "consent_unknown", "rare_name",
)  # fmt: skip
#: Of ten thousand adults, how many are of each kind that is not the rule.
SHARES = (
    ("foreign_passport", 40), ("foreign_pr_card", 15), ("old_foreign_pr_card", 15), ("hk_macao_permit", 40),
    ("taiwan_permit", 30), ("permit_810000", 25), ("permit_820000", 10), ("permit_830000", 20),
    ("chinese_passport", 40), ("dotted_name", 50), ("english", 300), ("unreachable", 40),
)  # fmt: skip
FOREIGN = ("foreign_passport", "foreign_pr_card", "old_foreign_pr_card")


@dataclass(slots=True)
class Customer:
    """A row of customers.csv; `surname` and `region` are not in the file."""

    customer_no: str
    kind: str
    name: str
    region: Region
    surname: Surname | None = None
    name_en: str = ""
    gender: str = ""
    birth_date: date | None = None
    id_type: str = ""
    id_no: str = ""
    id_valid_to: date | None = None
    mobile: str = ""
    email: str = ""
    address: str = ""
    language: str = ""
    eletter_consent: str = ""
    guardian_no: str = ""
    deceased_on: date | None = None
    updated_at: str = ""

    @property
    def salutation(self) -> str:
        """`王女士`; the whole name where there is no Chinese surname, of companies and of children by their parents."""
        if self.surname is None or self.guardian_no:
            return self.name
        return self.surname.text + ("女士" if self.gender == "female" else "先生")


COLUMNS = [
    "customer_no",
    "kind",
    "name",
    "name_en",
    "gender",
    "birth_date",
    "id_type",
    "id_no",
    "id_valid_to",
    "mobile",
    "email",
    "province",
    "city",
    "district",
    "address",
    "postcode",
    "language",
    "eletter_consent",
    "guardian_no",
    "deceased_on",
    "updated_at",
]


def row(person: Customer) -> tuple[object, ...]:
    """The cells of COLUMNS; None and "" become empty."""
    known = bool(person.address)
    region = person.region
    return (
        person.customer_no, person.kind, person.name, person.name_en, person.gender, person.birth_date,
        person.id_type, person.id_no, person.id_valid_to, person.mobile, person.email,
        region.province if known else "", region.city if known else "", region.district if known else "",
        person.address, region.postcode if known else "", person.language, person.eletter_consent,
        person.guardian_no, person.deceased_on, person.updated_at,
    )  # fmt: skip


def updated(rng: Random, today: date, first: date | None = None) -> str:
    """When the core last touched a row: by last night, often lately."""
    last = today - timedelta(days=1)
    days = min(int(rng.expovariate(1 / 200)), max((last - first).days, 0) if first else 3000)
    second = int(rng.random() * 86_400)
    return f"{last - timedelta(days=days)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}+08:00"


@dataclass(slots=True)
class Registry:
    """Gives out customer numbers and draws people, one at a time."""

    rng: Random
    today: date
    count: int = 0
    features: deque[str] = field(default_factory=lambda: deque(FEATURES))
    _resident_ids: set[str] = field(default_factory=set)

    def next_no(self) -> str:
        self.count += 1
        return f"C{100_000_000 + self.count}"

    def birthday(self, age: int) -> date:
        """A birth date at which one is `age` today."""
        last = years_later(self.today, -age)
        return day_between(self.rng, days_later(years_later(self.today, -age - 1), 1), last)

    def feature(self) -> str:
        if self.features:
            return self.features.popleft()
        draw = self.rng.randrange(10_000)
        for name, share in SHARES:
            draw -= share
            if draw < 0:
                return name
        return ""

    def adult(
        self, *, age: int, gender: str, region: Region, surname: Surname | None = None, ordinary: bool = False
    ) -> Customer:
        """A grown-up. `ordinary` keeps peculiarities away, e.g. from the parents of a family."""
        feature = "" if ordinary else self.feature()
        person = self._named(age, gender, region, surname, feature)
        self._document(person, feature)
        self._contact(person, age, feature)
        return person

    def child(self, *, age: int, father: Customer, guardian: Customer, region: Region) -> Customer:
        """A minor, who has the father's surname."""
        rng = self.rng
        gender = rng.choice(("female", "male"))
        person = self._named(age, gender, region, father.surname or SURNAMES.draw(rng), "")
        person.guardian_no = guardian.customer_no
        person.address = guardian.address
        person.language = guardian.language
        # A newborn is insured before the police has registered it.
        if age > 0 or rng.random() < 0.4:
            self._document(person, "")
        if age >= 14 and rng.random() < 0.3:
            person.mobile = numbers.mobile(rng)
        return person

    def company(self, region: Region) -> Customer:
        rng = self.rng
        name, name_en = names.company_name(rng, region.city)
        return Customer(
            customer_no=self.next_no(),
            kind="corporate",
            name=name,
            name_en=name_en,
            region=region,
            id_type="uscc",
            id_no=numbers.company_code(rng, region.code),
            mobile=numbers.mobile(rng),
            email=f"hr{self.count}@company.example.com",
            address=street_address(rng),
            language="zh-hans",
            eletter_consent=rng.choice(("true", "true", "false", "")),
            updated_at=updated(rng, self.today),
        )

    def _named(self, age: int, gender: str, region: Region, surname: Surname | None, feature: str) -> Customer:
        rng = self.rng
        birth = self.birthday(age)
        if feature in FOREIGN or feature == "dotted_name":
            pool = names.FOREIGN if feature in FOREIGN else names.DOTTED
            name, name_en, gender = rng.choice([one for one in pool if one[2] == gender])
            surname = None
        else:
            surname = surname or SURNAMES.draw(rng)
            given, pinyin = names.given_name(rng, gender, birth.year, feature == "rare_name")
            name = surname.text + given
            name_en = f"{surname.pinyin} {pinyin}" if feature == "english" or rng.random() < 0.5 else ""
        language = "en" if feature == "english" or feature in FOREIGN else "zh-hans" if rng.random() < 0.96 else ""
        return Customer(
            customer_no=self.next_no(),
            kind="individual",
            name=name,
            name_en=name_en,
            region=region,
            surname=surname,
            gender=gender,
            birth_date=birth,
            language=language,
            updated_at=updated(rng, self.today, birth),
        )

    def _document(self, person: Customer, feature: str) -> None:
        rng = self.rng
        birth, gender = person.birth_date, person.gender
        assert birth is not None
        years = 10
        if feature == "foreign_passport" or feature == "chinese_passport":
            person.id_type, person.id_no = "passport", numbers.passport(rng, feature == "foreign_passport")
        elif feature == "hk_macao_permit":
            person.id_type, person.id_no = feature, numbers.hk_macao_permit(rng)
        elif feature == "taiwan_permit":
            person.id_type, person.id_no, years = feature, numbers.taiwan_permit(rng), 5
        elif feature in FOREIGN:
            new = feature == "foreign_pr_card"
            person.id_type = "foreign_pr_card"
            person.id_no = numbers.foreign_pr_card(rng, person.region.code, birth, gender, new)
        else:
            if feature.startswith(("permit_", "region_")):
                code, years = feature.partition("_")[2], 5
            else:
                code = birth_region(rng, person.region)
                age = age_on(birth, self.today)
                # Valid for 5 years under 16, 10 to 25, 20 to 45, for life from 46 (Resident ID Law art. 5).
                years = 5 if age < 16 else 10 if age < 26 else 20 if age < 46 else 0
            person.id_type, person.id_no = "resident_id", self._resident_id(code, birth, gender)
        if years:
            ahead = rng.randrange(-120 if rng.random() < 0.1 else 1, years * 365)
            person.id_valid_to = days_later(self.today, ahead)

    def _resident_id(self, code: str, birth: date, gender: str) -> str:
        """One that nobody has yet: in a large book two would share one now and then."""
        while (number := numbers.resident_id(self.rng, code, birth, gender)) in self._resident_ids:
            pass
        self._resident_ids.add(number)
        return number

    def _contact(self, person: Customer, age: int, feature: str) -> None:
        rng = self.rng
        nothing = feature == "unreachable"
        old = age >= 70
        if not nothing and feature != "no_mobile" and rng.random() > (0.15 if old else 0.03):
            person.mobile = self._written(numbers.mobile(rng), feature)
        if not nothing and feature != "no_email" and rng.random() < (0.15 if old else 0.6):
            local = person.name_en.replace(" ", ".").replace("'", "").lower()
            local = local if local.isascii() and local else "user"
            host = rng.choice(("example.com", "example.net", "example.org", "mail.example.com"))
            person.email = f"{local}{self.count}@{host}"
        if not nothing and feature != "no_address" and rng.random() > 0.05:
            person.address = street_address(rng)
        consent = rng.choices(("true", "false", ""), (45, 30, 25))[0]
        person.eletter_consent = "" if feature == "consent_unknown" else consent

    def _written(self, number: str, feature: str) -> str:
        """As clerks and forms leave it: bare, spaced, hyphenated, international, or of Hong Kong."""
        rng = self.rng
        if feature in ("hk_macao_permit", "permit_810000"):
            return f"+8526{numbers.digits(rng, 7)}"
        style = rng.random()
        if style < 0.8:
            return number
        if style < 0.9:
            return f"+86{number}"
        separator = " " if style < 0.96 else "-"
        return separator.join((number[:3], number[3:7], number[7:]))
