"""Paying what is owed with points that came free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from points.models import Posting
from points.refusals import NothingToBook
from points.requests.lots import free_lots
from points.requests.request import Request

if TYPE_CHECKING:
    from points.books import Books


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement(Request):
    """As much of the debt as free points cover. Refused with NothingToBook where nothing is owed or free."""

    kind: ClassVar[Posting.Kind] = Posting.Kind.SETTLE

    @classmethod
    def look_up(cls, requests: Sequence[Self], books: Books) -> None:
        books.found[cls] = free_lots([request.member_id for request in requests], books)

    def plan(self, books: Books) -> None:
        parts, missing = books.take_of(books.found[Settlement][self.member_id], books.debt(self.member_id))
        settled = books.debt(self.member_id) - missing
        if not settled:
            raise NothingToBook
        posting = books.post(self)
        books.use(posting, parts)
        books.enter(posting, self.member_id, -settled)
        books.enter_debt(posting, self.member_id, settled)
