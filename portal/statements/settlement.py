"""What a provider is paid for a month, to print or as a table for Excel."""

import csv
from collections.abc import Iterator
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits.models import LineDispute, Settlement, SettlementLine
from benefits.queries.desk import lines_of
from members.models import Language
from members.spreadsheets import BOM, Said, plain
from portal.desk.words import words_of
from portal.statements.typesetting import typeset

DISPUTES = {
    LineDispute.State.OPEN: gettext_lazy("disputed, to be decided"),
    LineDispute.State.ACCEPTED: gettext_lazy("disputed and corrected"),
    LineDispute.State.REJECTED: gettext_lazy("disputed, stays as it is"),
}


def settlement_csv(settlement: Settlement) -> Iterator[str]:
    """Line by line, the total at the end."""
    write = csv.writer(Said()).writerow
    yield BOM
    yield write(
        [_("Line number"), _("Time (Beijing)"), _("Service"), _("What it is"), _("Amount in CNY"), _("Dispute")]
    )
    for line in lines_of(settlement):
        words = words_of(line)
        yield write(
            [words.number, f"{words.at:%Y-%m-%d %H:%M}", plain(words.what), plain(words.why), line.amount, state(line)]
        )
    yield write(["", "", _("Total"), "", settlement.total, ""])


def settlement_pdf(settlement: Settlement) -> bytes:
    language, made_at = Language.current(), timezone.localtime()
    lines = list(lines_of(settlement))
    closed = settlement.closed_at
    said = {
        "language": language.value,
        "insurer": settings.INSURER_NAME[language],
        "title": _("Settlement of %(month)s") % {"month": date_format(settlement.month, "YEAR_MONTH_FORMAT")},
        "facts": [
            [_("Provider"), f"{settlement.provider.name} · {settlement.provider.provider_no}"],
            [_("State"), _("closed on %(day)s") % {"day": day(closed)} if closed else _("open: it may still change")],
            [_("Made on"), f"{day(made_at)} {made_at:%H:%M}"],
        ],
        "heads": [_("Line number"), _("Time (Beijing)"), _("Service"), _("CNY")],
        "lines": [row(line) for line in lines],
        "nothing": _("Nothing in this month."),
        "total": [_("Total"), money(settlement.total)],
        "sums_title": _("By service"),
        "sums": sums(lines),
        "small": _("Visits that were not kept, or cancelled too late, are paid as visits: the time was kept free."),
        "hotline": _("Service hotline %(hotline)s") % {"hotline": settings.HOTLINE},
        "page": _("Page {page} of {pages}"),
    }
    return typeset("settlement.typ", said, made_at=made_at)


def row(line: SettlementLine) -> list[str]:
    words = words_of(line)
    note = " · ".join(filter(None, [words.why, state(line)]))
    return [str(words.number), f"{words.at:%Y-%m-%d %H:%M}", words.what, note, money(line.amount)]


def sums(lines: list[SettlementLine]) -> list[list[str]]:
    """Service, how many uses, and what they come to with their corrections."""
    found: dict[str, tuple[int, Decimal]] = {}
    for line in lines:
        uses, amount = found.get(name := words_of(line).what, (0, Decimal()))
        found[name] = uses + (line.corrects_id is None), amount + line.amount
    return [[name, str(uses), money(amount)] for name, (uses, amount) in found.items()]


def state(line: SettlementLine) -> str:
    dispute = getattr(line, "dispute", None)
    return str(DISPUTES[dispute.state]) if dispute else ""


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def day(moment: object) -> str:
    return date_format(moment, "DATE_FORMAT")  # type: ignore[arg-type]
