"""A list whose order matters, as one select after the other: works with the keyboard and without scripts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class OrderedChoicesWidget(forms.MultiWidget):
    template_name = "notifications/staff/ordered_choices.html"

    class Media:
        css = {"all": ["notifications/ordered_choices.css"]}

    def __init__(self, choices: Sequence[tuple[str, Any]], attrs: dict[str, Any] | None = None) -> None:
        self.count = len(choices)
        super().__init__([forms.Select(choices=[("", "—"), *choices]) for _choice in choices], attrs)

    def decompress(self, value: list[str] | None) -> list[str]:
        return [*(value or []), *[""] * self.count][: self.count]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for position, select in enumerate(context["widget"]["subwidgets"], start=1):
            select["attrs"]["aria-label"] = f"{position}."
        return context


class OrderedChoicesField(forms.MultiValueField):
    """Cleans to the chosen values in their order; gaps are closed, a value chosen twice is refused."""

    def __init__(self, *, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        choices = list(choices)
        super().__init__(
            fields=[forms.ChoiceField(choices=[("", "—"), *choices], required=False) for _choice in choices],
            widget=OrderedChoicesWidget(choices),
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, data_list: list[str]) -> list[str]:
        chosen = [value for value in data_list if value]
        if len(set(chosen)) < len(chosen):
            raise forms.ValidationError(_("Choose each only once."))
        return chosen

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != [value for value in data or [] if value]
