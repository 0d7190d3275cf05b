"""Names as people bear them: surnames by their real frequency, given names by generation, a few rare ones.

The rare characters are all of 通用规范汉字表 (2013), some of them in the CJK extensions A to E.
"""

from dataclasses import dataclass
from random import Random

from members.synthetic.tables import Weighted, rows

ERAS = (2000, 1980, 1960, 1900)

#: With the interpunct, as people of Xinjiang write them: (name, English name, gender).
DOTTED = (
    ("阿依古丽·买买提", "Ayigul Memet", "female"),
    ("古丽巴哈尔·艾力", "Gulbahar Eli", "female"),
    ("买买提江·吐尔逊", "Memetjan Tursun", "male"),
    ("艾尼瓦尔·阿不都热合曼", "Enwer Abdurahman", "male"),
    ("帕提古丽·肉孜", "Patigul Rozi", "female"),
    ("木拉提·哈力克", "Murat Halik", "male"),
)
FOREIGN = (
    ("SMITH JOHN", "John Smith", "male"),
    ("MÜLLER ANNA", "Anna Müller", "female"),
    ("TANAKA MISAKI", "Misaki Tanaka", "female"),
    ("KIM MINJUN", "Minjun Kim", "male"),
    ("O'BRIEN MARY", "Mary O'Brien", "female"),
    ("NGUYEN VAN NAM", "Nguyen Van Nam", "male"),
    ("DUBOIS PIERRE", "Pierre Dubois", "male"),
)
TRADES = ("科技", "商贸", "物流", "建筑工程", "餐饮管理", "医疗器械", "文化传媒", "精密机械", "新能源")
TRADES_EN = (
    "Technology",
    "Trading",
    "Logistics",
    "Construction",
    "Catering",
    "Medical Devices",
    "Media",
    "Precision Machinery",
    "New Energy",
)
BRANDS = ("华榕", "瑞丰", "启明", "恒达", "博远", "新禾", "东岭", "海晟", "致和", "云帆", "金桥", "中泰")
BRANDS_EN = (
    "Huarong",
    "Ruifeng",
    "Qiming",
    "Hengda",
    "Boyuan",
    "Xinhe",
    "Dongling",
    "Haisheng",
    "Zhihe",
    "Yunfan",
    "Jinqiao",
    "Zhongtai",
)


@dataclass(frozen=True, slots=True)
class Surname:
    text: str
    pinyin: str


SURNAMES = Weighted((Surname(row["surname"], row["pinyin"]), float(row["weight"])) for row in rows("surnames"))


def _given() -> dict[tuple[str, str], list[tuple[str, str]]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in rows("given_names"):
        found.setdefault((row["gender"], row["born_from"]), []).append((row["name"], row["pinyin"]))
    return found


GIVEN = _given()
#: Of a thousand people, how many bear a rare character.
RARE_PER_MILLE = 12


def given_name(rng: Random, gender: str, birth_year: int, rare: bool = False) -> tuple[str, str]:
    """A given name that was in fashion when its bearer was born, and its pinyin."""
    if rare or rng.randrange(1000) < RARE_PER_MILLE:
        return rng.choice(GIVEN[gender, "rare"])
    era = next(year for year in ERAS if birth_year >= year)
    # A fifth of people bear a name of their neighbours' generation.
    if rng.random() < 0.2:
        era = rng.choice(ERAS)
    return rng.choice(GIVEN[gender, str(era)])


def company_name(rng: Random, city: str) -> tuple[str, str]:
    """A company's name, Chinese and English: place, brand, trade, form."""
    brand, trade = rng.randrange(len(BRANDS)), rng.randrange(len(TRADES))
    second = rng.choice(SURNAMES.items[:60])
    place = city.removesuffix("市")
    return (
        f"{place}{BRANDS[brand]}{second.text}氏{TRADES[trade]}有限公司",
        f"{BRANDS_EN[brand]} {second.pinyin} {TRADES_EN[trade]} Co., Ltd.",
    )
