"""The one way in which anything is booked. A single posting is a batch of one."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from points.actions.accrue_at_once import accrue_at_once
from points.books import Books
from points.models import Account, Entry
from points.refusals import KeyConflict, LedgerRefusal
from points.requests import Booked, Request

#: A key that another transaction booked while we decided is known to the next try.
TRIES = 3
Outcome = Booked | LedgerRefusal
#: What stands under keys: the posting, and the hash of what it was asked for.
Known = dict[tuple[str, str], tuple[int, str]]


def post_one(request: Request, *, at: datetime | None = None) -> Booked:
    """Raises what the request is refused with (points.refusals)."""
    (outcome,) = post_batch([request], at=at)
    if isinstance(outcome, LedgerRefusal):
        raise outcome
    return outcome


def post_batch(requests: Sequence[Request], *, at: datetime | None = None) -> list[Outcome]:
    """Books what can be booked, in this order, in one transaction; answers in the same order.

    What is refused books nothing and keeps nobody else from being booked; an account that was opened to look into it
    stays, and is empty. A key that was booked before answers with what it did then. The accounts stay locked until the
    caller's transaction ends. A batch uses only lots that stood before it. `at`: the moment that decides what is
    usable; default now.
    """
    if not requests:
        return []
    moment = at or timezone.now()
    if len(requests) == 1 and (booked := accrue_at_once(requests[0], moment)):
        return [booked]
    for tried in range(1, TRIES + 1):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                return book(cursor, requests, moment)
        except IntegrityError as fault:
            if "points_posting_once" not in str(fault) or tried == TRIES:
                raise
    raise AssertionError("the last try returns or raises")


def book(cursor: CursorWrapper, requests: Sequence[Request], at: datetime) -> list[Outcome]:
    books, known = lock(cursor, requests, at)
    look_up(requests, books)
    outcomes: list[Outcome | None] = []
    replays: dict[int, int] = {}
    for place, request in enumerate(requests):
        try:
            if (posting_id := replayed(request, known)) is None:
                outcomes.append(plan(request, books, known))
            else:
                replays[place] = posting_id
                outcomes.append(None)
        except LedgerRefusal as refusal:
            outcomes.append(refusal)
    if books.draft.postings:
        record(cursor, books)
    if replays:
        moved = moved_by(replays.values())
        for place, posting_id in replays.items():
            member_id = requests[place].member_id
            outcomes[place] = Booked(posting_id, member_id, *moved[posting_id, member_id], replayed=True)
    return [outcome for outcome in outcomes if outcome is not None]


def lock(cursor: CursorWrapper, requests: Sequence[Request], at: datetime) -> tuple[Books, Known]:
    """Locks the members' accounts and reads what the lock protects, in statements of their own."""
    needs: dict[int, int] = {}
    for request in requests:
        for member in request.members:
            needs[member] = needs.get(member, 0)
        needs[request.member_id] += request.needs
    cursor.execute(
        "SELECT points_lock(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s)::text",
        [
            list(needs),
            [min(need, 2**63 - 1) for need in needs.values()],
            list({request.scope for request in requests}),
            [request.key for request in requests],
            at,
        ],
    )
    found: dict[str, Any] = json.loads(cursor.fetchone()[0])
    books = Books(at=at, posting_ids=found["posting_ids"], accounts=found["accounts"] or (), lots=found["lots"] or ())
    known = {(scope, key): (pk, digest) for scope, key, pk, digest in found["known"] or ()}
    return books, known


def look_up(requests: Iterable[Request], books: Books) -> None:
    kinds: dict[type[Request], list[Request]] = {}
    for request in requests:
        kinds.setdefault(type(request), []).append(request)
    for kind, of_kind in kinds.items():
        kind.look_up(of_kind, books)


def replayed(request: Request, known: Known) -> int | None:
    """The posting that stands under the request's key, None where there is none. Raises KeyConflict."""
    found = known.get((request.scope, request.key))
    if found is None:
        return None
    posting_id, digest = found
    if digest != request.hash():
        raise KeyConflict
    return posting_id


def plan(request: Request, books: Books, known: Known) -> Booked:
    """Decides about one request and knows its key from then on. Raises LedgerRefusal."""
    before = books.standing(request.member_id).balance
    request.plan(books)
    posting = books.draft.postings[-1]
    posting_id = posting["id"]
    known[request.scope, request.key] = posting_id, posting["request_hash"]
    balance = books.standing(request.member_id).balance
    return Booked(posting_id, request.member_id, balance - before, balance)


def record(cursor: CursorWrapper, books: Books) -> None:
    documents = [json.dumps(rows) if rows else None for rows in books.draft.tables()]
    cursor.execute("SELECT points_record(%s, %s, %s, %s, %s)", documents)


def moved_by(posting_ids: Iterable[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """By posting and member: what was moved, and the balance after it; nothing and 0 where only debt moved."""
    moved: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    entries = Entry.objects.filter(posting__in=set(posting_ids), account__kind=Account.Kind.POINTS)
    for posting, member, amount, balance in entries.order_by("pk").values_list(
        "posting", "account__member", "amount", "balance_after"
    ):
        moved[posting, member] = moved[posting, member][0] + amount, balance or 0
    return moved
