"""Where people live, and where they were registered when they were born (codes of GB/T 2260)."""

from dataclasses import dataclass
from random import Random

from members.synthetic.tables import Weighted, rows

STREETS = rows("streets")
ROADS, ESTATES, VILLAGES = (
    [row["name"] for row in STREETS if row["kind"] == kind] for kind in ("road", "estate", "village")
)

#: Codes that live on in people's ID numbers after their district was renamed or abolished.
FORMER_CODES = (
    "310103", "310225", "110103", "110104", "120107", "120109", "320502", "330103", "420123",
    "512201", "512301", "522121", "652201", "654101",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    province: str
    city: str
    district: str
    postcode: str

    @property
    def branch(self) -> str:
        """The insurer's branch that serves it: one a province."""
        short = self.province
        for ending in ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"):
            short = short.removesuffix(ending)
        return f"{short}分公司"


REGIONS = Weighted(
    (Region(row["code"], row["province"], row["city"], row["district"], row["postcode"]), float(row["weight"]))
    for row in rows("regions")
)


def street_address(rng: Random) -> str:
    """What follows the district: a flat in an estate, a house in a lane, or a farm."""
    kind = rng.random()
    if kind < 0.06:
        return f"{rng.choice(VILLAGES)}{rng.randint(1, 12)}组{rng.randint(1, 90)}号"
    road = f"{rng.choice(ROADS)}{rng.randint(1, 1999)}"
    room = f"{rng.randint(1, 28)}{rng.randint(1, 6):02}室"
    if kind < 0.6:
        return f"{road}号{rng.choice(ESTATES)}{rng.randint(1, 40)}栋{rng.randint(1, 4)}单元{room}"
    return f"{road}弄{rng.randint(1, 120)}号{room}"


def birth_region(rng: Random, home: Region) -> str:
    """The region code of an ID number: mostly the home's, sometimes elsewhere or no longer in use."""
    kind = rng.random()
    if kind < 0.72:
        return home.code
    if kind < 0.75:
        return rng.choice(FORMER_CODES)
    return REGIONS.draw(rng).code
