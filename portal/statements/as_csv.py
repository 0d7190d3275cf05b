"""A statement of points as a table for Excel."""

import csv
from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from members.spreadsheets import BOM, Said, plain
from portal.statements.sheet import Sheet


def as_csv(sheet: Sheet) -> Iterator[str]:
    """Line by line."""
    write = csv.writer(Said()).writerow
    yield BOM
    yield write([_("Time (Beijing)"), _("What it was for"), _("More about it"), plain(sheet.points_name), _("Balance")])
    yield write([f"{sheet.since} 00:00:00", _("Opening balance"), "", "", sheet.opening])
    for line in sheet.lines:
        at = timezone.localtime(line.at).strftime("%Y-%m-%d %H:%M:%S")
        yield write(
            [at, plain(line.title), plain(line.note), line.points, "" if line.balance is None else line.balance]
        )
    yield write([f"{sheet.until} 23:59:59", _("Closing balance"), "", "", sheet.closing])
    if sheet.owed:
        yield write([f"{sheet.until} 23:59:59", _("Still owed"), "", "", -sheet.owed])
    for name, points in sheet.sums:
        yield write(["", _("Sum: %(sort)s") % {"sort": name}, "", points, ""])
