"""A statement of points as PDF."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.display import written
from portal.points_words import Line
from portal.statements.sheet import Sheet
from portal.statements.typesetting import typeset


def as_pdf(sheet: Sheet) -> bytes:
    english = sheet.language == "en"
    said = {
        "language": sheet.language,
        "insurer": sheet.insurer,
        "title": _("Statement of %(points)s") % {"points": sheet.points_name},
        "facts": [
            [_("Member"), " · ".join(filter(None, [sheet.holder, sheet.mobile]))],
            [_("Period"), f"{written(sheet.since, english, False)} – {written(sheet.until, english, False)}"],
            [_("Made on"), f"{written(sheet.made_at.date(), english, False)} {sheet.made_at:%H:%M}"],
        ],
        "heads": [_("Time (Beijing)"), _("What it was for"), sheet.points_name, _("Balance")],
        "opening": [_("Opening balance"), f"{sheet.opening:,}"],
        "lines": [row(line) for line in sheet.lines],
        "closing": [_("Closing balance"), f"{sheet.closing:,}"],
        "owed": [_("Still owed"), f"{-sheet.owed:,}"] if sheet.owed else [],
        "sums_title": _("Sums of the period"),
        "sums": [[name, f"{points:+,}"] for name, points in sheet.sums],
        "nothing": _("Nothing was booked in this period."),
        "small": _("Balances include what can be used later and what is set aside."),
        "hotline": _("Service hotline %(hotline)s") % {"hotline": settings.HOTLINE},
        "page": _("Page {page} of {pages}"),
    }
    return typeset("statement.typ", said, made_at=sheet.made_at)


def row(line: Line) -> list[str]:
    at = timezone.localtime(line.at).strftime("%Y-%m-%d %H:%M")
    balance = "" if line.balance is None else f"{line.balance:,}"
    return [at, line.title, line.note, f"{line.points:+,}" if line.points else "", balance]
