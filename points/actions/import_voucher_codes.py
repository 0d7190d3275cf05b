"""Codes that were bought, from the supplier's CSV file into a pool."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from members.book.cells import day
from members.book.faults import Fault, FileRefused, fault
from members.book.records import Records
from members.book.sheet import Column, Layout, Row, Sheet, Values
from members.copying import copy_objects
from members.crypto import blind_index
from members.models import Member
from points.actions.watch_stock import note_if_low
from points.models import Reward, VoucherBatch, VoucherCode
from points.models.voucher import LEAST_DAYS_LEFT
from points.rewards.voucher_faults import VoucherFlaw, kept

ADD = "points.add_voucherbatch"
MOST_CODES = 50_000
#: So many faults are kept with the batch; a file with more of them has one fault, made often.
MOST_FAULTS = 500
#: One import at a time: the same code in two files at once would be found by neither.
IMPORT_LOCK = 771_203_001


#: A number as a spreadsheet writes it that took a long code for a quantity: the last digits are lost.
ROUNDED = re.compile(r"\d(\.\d+)?[Ee]\+\d+")


def can_be_given(values: Values, today: date) -> Iterator[Fault]:
    if ROUNDED.fullmatch(values.get("code") or ""):
        yield fault("code", VoucherFlaw.ROUNDED)
    if (last := values.get("expires_on")) and last < today + timedelta(days=LEAST_DAYS_LEFT):
        yield fault("expires_on", VoucherFlaw.TOO_SOON, days=LEAST_DAYS_LEFT)


VOUCHERS = Sheet(
    "vouchers",
    VoucherCode,
    (
        Column("code", required=True, limit=100),
        Column("password", limit=100),
        Column("expires_on", day, blank=None),
    ),
    contradictions=can_be_given,
)


class NotAPool(ValueError):
    """This reward is not delivered from codes."""


class UnknownColumns(FileRefused):
    """Perhaps a column of ours, misspelt: what stands below it would be lost, and could not be added later, since the
    codes would be known by then.
    """


class NothingInFile(FileRefused):
    """A header, and no line below it."""


@transaction.atomic
def import_voucher_codes(*, reward: Reward, file: BinaryIO, file_name: str, by: Member) -> VoucherBatch:
    """Takes what is good, and keeps with the batch what is wrong with each other line.

    `file`: CSV in UTF-8 with a header: code, and password and expires_on (2027-03-31) where there are any, and no other
    column. A code that is known already, in this file or in any pool, is not taken again. Raises PermissionDenied,
    NotAPool, FileRefused.
    """
    if not by.has_perm(ADD):
        raise PermissionDenied
    if reward.fulfilment != Reward.Fulfilment.VOUCHER_POOL:
        raise NotAPool(reward.sku)
    rows = list(read(file))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
    good, repeated = told_apart(rows)
    bad = [(row.line, found) for row in rows for found in row.faults]
    faults = sorted(bad + repeated, key=lambda found: found[0])
    batch = VoucherBatch.objects.create(
        reward=reward,
        file_name=file_name[:100],
        added=len(good),
        duplicates=len(repeated),
        rejected=sum(1 for row in rows if row.faults),
        faults=[kept(line, found) for line, found in faults[:MOST_FAULTS]],
        imported_by=by,
    )
    copy_objects(
        [
            VoucherCode(
                reward=reward,
                batch=batch,
                code=values["code"],
                password=values["password"] or None,
                expires_on=values["expires_on"],
            )
            for values in good
        ]
    )
    note_if_low(reward)
    return batch


def read(file: BinaryIO) -> Iterator[Row]:
    """The lines of the file, each with what is wrong with it. Raises FileRefused."""
    records, today = iter(Records(file)), timezone.localdate()
    header = next(records, None)
    if header is None:
        raise NothingInFile(gettext("The file is empty."))
    layout, count = Layout(VOUCHERS, header.cells), 0
    if layout.ignored:
        said = {"columns": ", ".join(layout.ignored)}
        raise UnknownColumns(gettext("Columns that are not known here: %(columns)s. Rename or remove them.") % said)
    for count, record in enumerate(records, start=1):
        if count > MOST_CODES:
            raise FileRefused(gettext("The file has more than %(most)s lines. Split it.") % {"most": f"{MOST_CODES:,}"})
        row = layout.row(record, today)
        row.cells = []  # a code is kept sealed, or not at all
        yield row
    if not count:
        raise NothingInFile(gettext("The file has no line below its header."))


def told_apart(rows: Iterable[Row]) -> tuple[list[dict[str, Any]], list[tuple[int, Fault]]]:
    """What is new, and (line, fault) for each code that is known."""
    readable = [row for row in rows if not row.faults]
    indexes = {row.line: blind_index(row.values["code"], "voucher_code") for row in readable}
    stored = set(VoucherCode.objects.filter(code_index__in=list(indexes.values())).values_list("code_index", flat=True))
    first_line: dict[bytes | None, int] = {}
    good, repeated = [], []
    for row in readable:
        index = indexes[row.line]
        if index in stored:
            repeated.append((row.line, fault("code", VoucherFlaw.KNOWN)))
        elif index in first_line:
            repeated.append((row.line, fault("code", VoucherFlaw.REPEATED, line=first_line[index])))
        else:
            first_line[index] = row.line
            good.append(row.values)
    return good, repeated
