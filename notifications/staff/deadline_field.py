"""A deadline as people set it: a number and a unit, kept as an ISO-8601 duration."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

#: A unit is the duration of a number of it.
UNITS = (("PT{}M", _("minutes")), ("PT{}H", _("hours")), ("P{}D", _("days")), ("P{}M", _("months")))


class DeadlineWidget(forms.MultiWidget):
    template_name = "notifications/staff/deadline.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        number = forms.NumberInput({"min": 1, "aria-label": _("Number")})
        super().__init__([number, forms.Select({"aria-label": _("Unit")}, choices=UNITS)], attrs)

    def decompress(self, value: str | None) -> list[Any]:
        """A duration of several units, which only the API of the catalogue can make, is to be chosen anew."""
        for unit, _name in UNITS:
            if found := re.fullmatch(unit.format(r"(\d+)"), value or ""):
                return [int(found[1]), unit]
        return [None, None]


class DeadlineField(forms.MultiValueField):
    def __init__(self, **kwargs: Any) -> None:
        fields = (forms.IntegerField(min_value=1, max_value=999), forms.ChoiceField(choices=UNITS))
        super().__init__(fields=fields, widget=DeadlineWidget(), **kwargs)

    def compress(self, data_list: list[Any]) -> str:
        number, unit = data_list
        return str(unit).format(number)
