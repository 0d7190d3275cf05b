"""How long a member waits for the places near by: a search among 2,000 sites × 90 days with 200,000 booked slots and
200,000 visits that took place, half of them rated, and, beside it, for which of the next two weeks' days have any.

`python -m tests.benchmarks.slot_search [SEARCHES]`; the last line is one JSON object. Every search is for another day,
service and position or city, as members mix them: most say where they are, some name a city, a few name both.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from typing import Any

import django
from django.db import connection

from tests.stage import Stage

SITES, PROVIDERS, DAYS, BOOKED_SLOTS = 2_000, 250, 90, 200_000
#: Of each service at a site, in the last year.
VISITS = 50
TWO_WEEKS = 14
SERVICES = ("dental_cleaning", "health_checkup", "direct_billing_network", "festival_priority")
SHIFTS = ((clock(8, 30), clock(12)), (clock(13, 30), clock(17, 30)))
#: Of a hundred searches.
BY_POSITION, BY_CITY = 70, 20


def make_network(rng: random.Random) -> list[Any]:
    """2,000 sites where people live: most in the large cities, each with two services and two shifts a day."""
    from benefits.models import Contract, ContractPrice, OpeningHours, Provider, Service, Site, SiteService
    from members.synthetic.places import REGIONS

    services = [
        Service(code=code, name_zh=code, name_en=code, category="health", mode="slot", unit="visit",
                partner_kind="dental_clinic", lead_time="P3D", required_level=2)
        for code in SERVICES
    ]  # fmt: skip
    services = Service.objects.bulk_create(
        services, update_conflicts=True, unique_fields=["code"], update_fields=["mode"]
    )
    today = date.today()
    providers = Provider.objects.bulk_create(
        Provider(provider_no=f"B{number}", name_zh=f"机构{number}", kind="dental_clinic", since=today)
        for number in range(PROVIDERS)
    )
    contracts = Contract.objects.bulk_create(
        Contract(contract_no=f"B{provider.pk}", provider=provider, starts_on=today, ends_on=today + timedelta(365))
        for provider in providers
    )
    ContractPrice.objects.bulk_create(
        ContractPrice(contract=contract, service=service, price=Decimal(100))
        for contract in contracts
        for service in services
    )
    centres = {region.city: (rng.uniform(22, 42), rng.uniform(100, 122)) for region in REGIONS.items}
    sites = []
    for number in range(SITES):
        region = REGIONS.draw(rng)
        latitude, longitude = (middle + rng.gauss(0, 0.12) for middle in centres[region.city])
        sites.append(
            Site(
                site_no=f"B{number}",
                provider=rng.choice(providers),
                name_zh=f"门诊{number}",
                province=region.province,
                city=region.city,
                district=region.district,
                address="南京路1号",
                phone="95500",
                latitude=latitude,
                longitude=longitude,
            )
        )
    sites = Site.objects.bulk_create(sites)
    OpeningHours.objects.bulk_create(
        OpeningHours(site=site, weekday=weekday, opens=opens, closes=closes)
        for site in sites
        for weekday in range(6)
        for opens, closes in SHIFTS
    )
    return SiteService.objects.bulk_create(
        SiteService(site=site, service=service, slot_minutes=rng.choice((30, 45, 60)), capacity=rng.choice((1, 2, 3)))
        for site in sites
        for service in rng.sample(services, 2)
    )


def slots_of(offer: Any, today: date) -> Iterator[datetime]:
    from benefits.booking_window import SHANGHAI

    for ahead in range(DAYS):
        day = today + timedelta(ahead)
        for opens, closes in SHIFTS if day.weekday() < 6 else ():
            at, last = (datetime.combine(day, hour, SHANGHAI) for hour in (opens, closes))
            while (ends := at + timedelta(minutes=offer.slot_minutes)) <= last:
                yield at
                at = ends


def book_slots(rng: random.Random, offers: list[Any]) -> None:
    """Every other one of them is full."""
    from benefits.models import Slot
    from members.copying import copy_objects

    share = BOOKED_SLOTS / sum(sum(1 for _ in slots_of(offer, date.today())) for offer in offers)
    copy_objects(
        [
            Slot(at=offer, starts_at=at, capacity=offer.capacity, taken=rng.randint(1, offer.capacity))
            for offer in offers
            for at in slots_of(offer, date.today())
            if rng.random() < share
        ]
    )


def keep_visits() -> None:
    """One customer's, whose they are makes no difference; every other one is rated."""
    from benefits.models import Allowance, Entitlement, Service
    from members.models import Customer, Member

    customer = Customer.objects.create(customer_no="B1", kind="individual", name="王小明")
    member = Member.objects.create(mobile="+8613500000000", password="!", name="王小明", customer=customer)
    service = Service.objects.filter(code__in=SERVICES)[0]
    terms = Allowance.objects.create(service=service, product_code="VISITS")
    entitlement = Entitlement.objects.create(
        customer=customer, service=service, allowance=terms, source="tier", starts_on=date(2020, 1, 1),
        ends_on=date(2020, 12, 31),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH past AS (
                INSERT INTO benefits_slot (at_id, starts_at, capacity, taken)
                SELECT offered.id, now() - make_interval(days => ago * 7), 1, 1
                  FROM benefits_siteservice AS offered, generate_series(1, %s) AS ago
                RETURNING id, starts_at
            )
            INSERT INTO benefits_booking (customer_id, member_id, entitlement_id, slot_id, starts_at, ends_at, ended_at,
                   contract_price_id, price, state, code, request_key, rating, rated_at)
            SELECT %s, %s, %s, id, starts_at, starts_at + interval '1 hour', starts_at + interval '1 hour',
                   (SELECT min(id) FROM benefits_contractprice), 100, 'completed', to_hex(id), id,
                   CASE WHEN id %% 2 = 0 THEN id %% 5 + 1 END, CASE WHEN id %% 2 = 0 THEN starts_at END
              FROM past
            """,
            [VISITS, customer.pk, member.pk, entitlement.pk],
        )


def searches(rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    from benefits.models import Site

    known = list(Site.objects.values_list("city", "latitude", "longitude"))
    for _ in range(count):
        city, latitude, longitude = rng.choice(known)
        position, kind = (latitude + rng.gauss(0, 0.05), longitude + rng.gauss(0, 0.05)), rng.randint(1, 100)
        yield {
            "service_code": rng.choice(SERVICES),
            "day": date.today() + timedelta(rng.randint(3, DAYS - 1)),
            "city": city if kind > BY_POSITION else "",
            "near": None if BY_POSITION < kind <= BY_POSITION + BY_CITY else position,
        }


def measure(count: int = 1_000) -> dict[str, float]:
    """Fills the database, which is migrated and empty of places, and searches in it. Milliseconds."""
    from benefits.queries.places import free_days, places_on

    rng = random.Random(5)
    book_slots(rng, make_network(rng))
    keep_visits()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    took: dict[str, list[float]] = {"search": [], "days": []}
    found = 0
    for asked in searches(rng, count):
        began = time.perf_counter()
        found += bool(places_on(1, **asked)[0])
        searched = time.perf_counter()
        first = asked.pop("day")
        free_days(**asked, first=first, last=first + timedelta(TWO_WEEKS - 1))
        took["search"].append((searched - began) * 1000)
        took["days"].append((time.perf_counter() - searched) * 1000)
    assert found > 0.8 * count, f"only {found} of {count} searches found anything"
    return {
        f"{name}_{figure}_ms": round(sorted(times)[int(len(times) * share)], 1)
        for name, times in took.items()
        for figure, share in (("p50", 0.5), ("p95", 0.95), ("max", 1 - 1 / len(times)))
    }


def main() -> None:
    stage = Stage()
    try:
        os.environ.update(stage.env)
        django.setup()
        stage.manage("migrate", "--verbosity=0")
        found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
        connection.close()
    finally:
        stage.stop()
    sys.stdout.write(json.dumps({"benchmark": "slot_search", "sites": SITES, "days": DAYS} | found) + "\n")


if __name__ == "__main__":
    main()
