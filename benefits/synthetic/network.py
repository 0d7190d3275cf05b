"""Writes a whole network: the seven files of docs/providers.md."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from benefits.models import Provider
from benefits.network.sheets import SHEETS
from benefits.synthetic.kinds import BRANDS, CLOSING_REASONS, PRICES, TRADES, Trade
from members.catalogue import rows
from members.synthetic.dice import Dice
from members.synthetic.places import REGIONS, ROADS, Region
from members.synthetic.tables import rows as table_rows

CITIES = Path(__file__).parent / "cities.csv"
SITES_A_PROVIDER = 8
#: Degrees: most of a city's sites lie within some ten kilometres of its middle.
SPREAD = 0.06
#: Of cities.
LARGEST = 6
CLOSED_DAYS = 2
DAYS_AHEAD = 90
FIRST_YEAR = 2019
#: Of providers who serve at sites: so many have ended their contract.
ENDED = 0.04
#: Of all providers: so many have come within a year.
NEW = 0.2

#: Of providers who serve at sites, one in so many has a booking system of its own.
WITH_SYSTEM = 4

Rows = dict[str, list[tuple[Any, ...]]]


def write_network(*, folder: Path, sites: int, seed: int, today: date) -> dict[str, int]:
    """As of the morning of `today`; the same arguments give the same bytes. Returns rows by file name.

    Of the kinds of provider only the insurer itself is missing. Raises ValueError for fewer than 4 sites, OSError.
    """
    if sites < len(kinds_with_sites()):
        raise ValueError(f"at least {len(kinds_with_sites())} sites are needed, one of each kind")
    found = Network(Dice(seed), today).build(sites)
    folder.mkdir(parents=True, exist_ok=True)
    for sheet in SHEETS:
        with (folder / sheet.file_name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(column.name for column in sheet.columns)
            writer.writerows(found[sheet.name])
    return {sheet.file_name: len(found[sheet.name]) for sheet in SHEETS}


def kinds_with_sites() -> list[Provider.Kind]:
    return [kind for kind, trade in TRADES.items() if trade.share]


class Network:
    def __init__(self, rng: Random, today: date) -> None:
        self.rng = rng
        self.today = today
        self.rows: Rows = defaultdict(list)
        self.services = services_by_kind()
        self.placed: Counter[Trade] = Counter()
        weights: dict[str, float] = defaultdict(float)
        for row in table_rows("regions"):
            weights[row["city"]] += float(row["weight"])
        self.largest = sorted(weights, key=lambda city: -weights[city])[:LARGEST]
        with CITIES.open(encoding="utf-8", newline="") as file:
            self.centres = {
                row["city"]: (float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)
            }

    def build(self, sites: int) -> Rows:
        for kind, trade in TRADES.items():
            if not trade.share:
                self.provider(kind, trade, 0)
        for kind, count in self.shares(sites):
            for number in self.providers(count):
                self.provider(kind, TRADES[kind], number)
        return self.rows

    def shares(self, sites: int) -> Iterator[tuple[Provider.Kind, int]]:
        """How many sites each kind has; the first kind takes what rounding leaves."""
        first, *others = kinds_with_sites()
        counts = {kind: max(1, round(sites * TRADES[kind].share)) for kind in others}
        yield first, sites - sum(counts.values())
        yield from counts.items()

    def providers(self, sites: int) -> Iterator[int]:
        """How many sites each provider of a kind has: some are chains, some stand alone."""
        while sites > 0:
            count = min(sites, self.rng.randint(1, 2 * SITES_A_PROVIDER - 1))
            yield count
            sites -= count

    def provider(self, kind: Provider.Kind, trade: Trade, sites: int) -> None:
        rng, number = self.rng, len(self.rows["providers"]) + 1
        brand_zh, brand_en = BRANDS[number % len(BRANDS)]
        # The same brand twice is told apart by its city.
        home = REGIONS.draw(rng).city.removesuffix("市") if number > len(BRANDS) else ""
        provider_no = f"PV{number:05d}"
        since = self.day_between(
            self.today - timedelta(days=330) if rng.random() < NEW else date(FIRST_YEAR, 1, 1),
            self.today - timedelta(days=30),
        )
        self.rows["providers"].append(
            (
                *(provider_no, f"{home}{brand_zh}{trade.provider[0]}", f"{brand_en} {trade.provider[1]}"),
                *(kind.value, since, "true", "false" if not sites or number % WITH_SYSTEM else "true"),
            )
        )
        phone = f"400-{rng.randint(600, 899)}-{rng.randint(0, 9999):04d}"
        for _ in range(sites):
            self.site(provider_no, since, f"{home}{brand_zh}", brand_en, trade, phone, self.services[kind])
        self.contracts(provider_no, since, self.services[kind], ended=bool(sites) and rng.random() < ENDED)

    def site(
        self,
        provider_no: str,
        since: date,
        brand: str,
        brand_en: str,
        trade: Trade,
        phone: str,
        services: list[str],
    ) -> None:
        rng, region = self.rng, self.region_for(trade)
        site_no = f"S{len(self.rows['sites']) + 1:06d}"
        latitude, longitude = (round(middle + rng.gauss(0, SPREAD), 6) for middle in self.centres[region.city])
        self.rows["sites"].append(
            (
                *(site_no, provider_no, f"{brand}{short(region)}{trade.site[0]}", f"{brand_en} {trade.site[1]}"),
                *(region.province, region.city, region.district, f"{rng.choice(ROADS)}{rng.randint(1, 1999)}号"),
                *(phone, latitude, longitude, "true", since, ""),
            )
        )
        hours = rng.choice(trade.hours)
        self.rows["opening_hours"] += [(site_no, weekday, hours) for weekday in trade.weekdays]
        self.rows["site_services"] += [
            (site_no, service, rng.choice(trade.minutes), rng.randint(*trade.capacity), "true") for service in services
        ]
        ahead = {rng.randint(1, DAYS_AHEAD) for _ in range(CLOSED_DAYS)}
        while len(ahead) < CLOSED_DAYS:
            ahead.add(rng.randint(1, DAYS_AHEAD))
        self.rows["blackout_days"] += [
            (site_no, self.today + timedelta(days=days), rng.choice(CLOSING_REASONS), "true") for days in sorted(ahead)
        ]

    def region_for(self, trade: Trade) -> Region:
        """The first sites of a kind stand in the largest cities, so that a small network has something there."""
        place = self.placed[trade]
        self.placed[trade] += 1
        if place < LARGEST:
            return self.rng.choice([region for region in REGIONS.items if region.city == self.largest[place]])
        return REGIONS.draw(self.rng)

    def contracts(self, provider_no: str, since: date, services: list[str], *, ended: bool) -> None:
        """Last year's, and one of two years that goes on; who has ended has only the first."""
        year, rng = self.today.year, self.rng
        prices = {service: rng.randint(*PRICES[service]) for service in services}
        terms = [(since, date(year - 1, 12, 31))] if since.year < year else []
        if not (ended and terms):
            terms.append((max(since, date(year, 1, 1)), date(year + 1, 12, 31)))
        for starts_on, ends_on in terms:
            contract_no = f"HT{starts_on.year}-{provider_no}"
            self.rows["contracts"].append((contract_no, provider_no, starts_on, ends_on))
            self.rows["contract_prices"] += [(contract_no, service, f"{price}.00") for service, price in prices.items()]
            prices = {service: round(price * 1.04) for service, price in prices.items()}

    def day_between(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randint(0, (last - first).days))


def services_by_kind() -> dict[str, list[str]]:
    """The codes that the catalogue gives to each kind of provider."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows("benefits"):
        if row["service_code"] not in found[row["partner_kind"]]:
            found[row["partner_kind"]].append(row["service_code"])
    return found


def short(region: Region) -> str:
    """The district, without what it is."""
    return region.district.removesuffix("新区").removesuffix("区").removesuffix("市") or region.city
