"""For which days a statement is made."""

from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: What one reads on paper, and what a web process typesets while somebody waits.
LONGEST = relativedelta(years=1)
OTHER = "other"
PERIODS = (
    ("this_month", gettext_lazy("This month")),
    ("last_month", gettext_lazy("Last month")),
    ("this_year", gettext_lazy("This year")),
    ("last_year", gettext_lazy("Last year")),
    (OTHER, gettext_lazy("Other days")),
)


class OtherDay(forms.DateField):
    """Needed for "Other days" alone, as its hint says, and then it may not be left empty."""

    needed_at_times = True


class StatementForm(forms.Form):
    """`period`: from the first day to the last one, both included; `clean` fills it."""

    which = forms.ChoiceField(
        label=gettext_lazy("For which time?"), choices=PERIODS, widget=forms.RadioSelect, initial="this_month"
    )
    since = OtherDay(
        label=gettext_lazy("First day"),
        required=False,
        help_text=gettext_lazy("Only for “Other days”"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = OtherDay(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Only for “Other days”; at most a year"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("which") == OTHER:
            self.check(given)
        elif "which" in given:
            given["since"], given["until"] = period(given["which"], timezone.localdate())
        if given.get("until"):
            given["until"] = min(given["until"], timezone.localdate())
        return given

    def check(self, given: dict[str, Any]) -> None:
        since, until = given.get("since"), given.get("until")
        for name, day in (("since", since), ("until", until)):
            if day is None and name not in self.errors:
                self.add_error(name, _("Please choose a day."))
        if since and since > timezone.localdate():
            self.add_error("since", _("This day is yet to come. Please choose an earlier one."))
        elif since and until:
            if until < since:
                self.add_error("until", _("This day is before the first one. Please choose a later one."))
            elif until >= since + LONGEST:
                self.add_error(
                    "until", _("This is more than a year. Please choose a shorter time, and make one statement a year.")
                )


def period(which: str, today: date) -> tuple[date, date]:
    """First and last day."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    one_day = timedelta(days=1)
    match which:
        case "this_month":
            return month, month + relativedelta(months=1) - one_day
        case "last_month":
            return month - relativedelta(months=1), month - one_day
        case "this_year":
            return year, year + relativedelta(years=1) - one_day
        case _:
            return year - relativedelta(years=1), year - one_day
