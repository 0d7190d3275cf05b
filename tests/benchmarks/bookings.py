"""How many visits are booked in a second, beside how long a search takes and how fast tiers are assessed.

`python -m tests.benchmarks.bookings [SECONDS] [SEARCHES]`; the last line is one JSON object. Embedded PostgreSQL as it
comes (fsync on). 2,000 sites × 90 days with 200,000 booked slots (tests/benchmarks/slot_search.py); eight processes
book through `book_visit`, messages to the members included, each for its own members, at any of the places; then fifty
want the last place of one slot, ten times over. The tiers are assessed on a stage of their own.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

from tests.benchmarks import slot_search
from tests.stage import Stage

WORKERS, MEMBERS = 8, 8_000
CROWD, ROUNDS = 50, 10
#: No service has to be booked further ahead than ten days (benefits.csv).
FIRST_DAY, LAST_DAY = 11, 80


def populate() -> list[int]:
    """Verified members with as many visits of every service as they like; their ids."""
    from django.utils import timezone

    from benefits.models import Allowance, Entitlement, Service
    from members.models import Customer, LevelGrant, Member

    customers = Customer.objects.bulk_create(
        Customer(customer_no=f"V{number}", kind="individual", name="王小明") for number in range(MEMBERS)
    )
    members = Member.objects.bulk_create(
        Member(mobile=f"+86136{number:08d}", password="!", name="王小明", customer=customer)
        for number, customer in enumerate(customers)
    )
    LevelGrant.objects.bulk_create(
        LevelGrant(member=member, level=2, method="identity_match", evidence="benchmark", granted_at=timezone.now())
        for member in members
    )
    this_year = {"starts_on": date.today() - timedelta(days=1), "ends_on": date.today() + timedelta(days=365)}
    for service in Service.objects.filter(code__in=slot_search.SERVICES):
        terms = Allowance.objects.create(service=service, product_code="BENCH", quota=None)
        Entitlement.objects.bulk_create(
            Entitlement(customer=customer, service=service, allowance=terms, source="tier", **this_year)
            for customer in customers
        )
    return [member.pk for member in members]


def times() -> list[tuple[int, datetime]]:
    """Of every place some of its times, most of them with room."""
    from benefits.models import SiteService

    rng, found = random.Random(7), []
    first, last = date.today() + timedelta(days=FIRST_DAY), date.today() + timedelta(days=LAST_DAY)
    for offer in SiteService.objects.all():
        slots = [at for at in slot_search.slots_of(offer, date.today()) if first <= at.date() <= last]
        found += [(offer.pk, at) for at in rng.sample(slots, 100)]
    return found


def book(members: list[int], wanted: list[tuple[int, datetime]]) -> Iterator[int]:
    """Counts: 1 for a booking, 0 for a slot that was full, or a member who is elsewhere then."""
    from benefits.actions.book_visit import book_visit
    from benefits.refusals import DoubleBooked, SlotTaken
    from members.models import Member

    found = list(Member.objects.filter(pk__in=members).select_related("customer"))
    while True:
        place, starts_at = random.choice(wanted)
        try:
            book_visit(
                member=random.choice(found), site_service_id=place, starts_at=starts_at, guest_id=None, key=uuid4().hex
            )
        except (SlotTaken, DoubleBooked):
            yield 0
        else:
            yield 1


def at_once(work: Callable[[int], float]) -> list[float]:
    """What each of the processes answers to `work(its number)`."""
    from django.db import connection

    connection.close()  # or the processes would share it
    context = get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=lambda n=number: results.put(work(n))) for number in range(WORKERS)]
    for process in processes:
        process.start()
    answers = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    return answers


def bookings_per_s(members: list[int], seconds: float) -> float:
    wanted = times()

    def work(number: int) -> float:
        booking = book(members[number::WORKERS], wanted)
        next(booking)  # connected, plans made
        began, done = time.monotonic(), 0
        while (now := time.monotonic()) < began + seconds:
            done += next(booking)
        return done / (now - began)

    return sum(at_once(work))


def crowd(members: list[int]) -> dict[str, int]:
    """Fifty connections that want the last place of a slot, again and again: what they were answered with."""
    from django.db import connection

    from benefits.models import SiteService, Slot

    offers = list(SiteService.objects.order_by("pk")[:ROUNDS])
    for offer in offers:
        Slot.objects.update_or_create(at=offer, starts_at=first_time(offer), defaults={"capacity": 1, "taken": 0})
    connection.close()
    context = get_context("fork")
    gate, results = context.Barrier(CROWD), context.Queue()

    def want(number: int) -> None:
        for offer in offers:
            gate.wait(120)
            results.put(try_to_book(members[number], offer))

    processes = [context.Process(target=want, args=(number,)) for number in range(CROWD)]
    for process in processes:
        process.start()
    said = [results.get(timeout=600) for _ in range(CROWD * ROUNDS)]
    for process in processes:
        process.join()
    return {answer: said.count(answer) for answer in sorted(set(said))}


def first_time(offer: Any) -> datetime:
    day = date.today() + timedelta(days=FIRST_DAY)
    return next(at for at in slot_search.slots_of(offer, date.today()) if at.date() >= day)


def try_to_book(member_id: int, offer: Any) -> str:
    from benefits.actions.book_visit import book_visit
    from benefits.refusals import BenefitRefused
    from members.models import Member

    try:
        book_visit(
            member=Member.objects.get(pk=member_id),
            site_service_id=offer.pk,
            starts_at=first_time(offer),
            guest_id=None,
            key=uuid4().hex,
        )
    except BenefitRefused as refusal:
        return refusal.code
    except Exception as error:  # what there must be none of
        return type(error).__name__
    return "booked"


def deadlocks() -> int:
    """Since the server began, as it counts them itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def assessed_policies_per_s() -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.tier_assessment"], capture_output=True, text=True, check=True
    )
    return int(json.loads(done.stdout.splitlines()[-1])["assessed_policies_per_s"])


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main(seconds: float, count: int) -> None:
    stage = Stage()
    try:
        os.environ.update(stage.env)
        import django

        django.setup()
        stage.manage("migrate", "--verbosity=0")
        stage.manage("load_catalogue")
        found = slot_search.measure(count)
        say(f"search: {found}")
        members = populate()
        rate = bookings_per_s(members, seconds)
        say(f"bookings: {rate:.0f}/s by {WORKERS} workers")
        say(f"{CROWD} on one slot, {ROUNDS} times: {crowd(members)}")
        locked = deadlocks()
    finally:
        stage.stop()
    figures = {"search_p95_ms": found["search_p95_ms"], "bookings_per_s": round(rate), "deadlocks": locked}
    say(json.dumps({"benchmark": "bookings", **figures, "assessed_policies_per_s": assessed_policies_per_s()}))


if __name__ == "__main__":
    main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 10.0,
        int(sys.argv[2]) if len(sys.argv) > 2 else 1_000,
    )
