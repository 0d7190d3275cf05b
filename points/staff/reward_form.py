"""What staff fill in about a reward."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from members.catalogue import duration, rows
from points.actions.change_reward import Restock
from points.models import Reward

TIERS = [row["code"] for row in rows("tiers")]


def tier_name(tier: str) -> str:
    """In the reader's language."""
    row = next(row for row in rows("tiers") if row["code"] == tier)
    return row["name_en"] if (get_language() or "").startswith("en") else row["name_zh"]


class RewardForm(WagtailAdminModelForm):
    """With a field for the price of each tier."""

    cost_points = forms.IntegerField(label=_("price in points"), min_value=1)
    limit_count = forms.IntegerField(label=_("at most, per member"), min_value=1, required=False)
    stock = forms.IntegerField(
        label=_("left"), min_value=0, required=False, help_text=_("Empty: as many as members ask for.")
    )
    # What the page showed: buyers take from the stock while somebody edits.
    stock_shown = forms.IntegerField(widget=forms.HiddenInput, required=False)
    validity = forms.CharField(
        label=_("voucher good for"),
        max_length=20,
        required=False,
        help_text=_("From the day it is delivered, as P3M for three months or P30D for 30 days. Empty: no end."),
    )
    price_gold = forms.IntegerField(min_value=1, required=False)
    price_platinum = forms.IntegerField(min_value=1, required=False)
    price_diamond = forms.IntegerField(min_value=1, required=False)
    price_black_diamond = forms.IntegerField(min_value=1, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prices = dict(self.instance.prices.values_list("tier", "cost_points"))
        for tier in TIERS:
            field = self.fields[f"price_{tier}"]
            field.label, field.initial = tier_name(tier), prices.get(tier)
        if self.instance.fulfilment == Reward.Fulfilment.VOUCHER_POOL:
            del self.fields["stock"], self.fields["stock_shown"]
        else:
            self.fields["stock_shown"].initial = self.instance.stock

    def clean_validity(self) -> str:
        text: str = self.cleaned_data["validity"].strip().upper()
        try:
            if text:
                duration(text)
        except ValueError:
            raise forms.ValidationError(_("Write a duration such as P30D, P3M or P1Y.")) from None
        return text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("limit_count")) != bool(data.get("limit_period")):
            self.add_error("limit_period", _("Say both how often and in which time, or leave both empty."))
        begins, ends = data.get("on_sale_from"), data.get("on_sale_until")
        if begins and ends and ends <= begins:
            self.add_error("on_sale_until", _("The end has to come after the beginning."))
        return data

    def restock(self) -> Restock | None:
        """None where nothing is to be changed."""
        before, after = self.cleaned_data.get("stock_shown"), self.cleaned_data.get("stock")
        return None if before == after else Restock(before, after)

    def prices(self) -> dict[str, int | None]:
        """Those that were touched."""
        return {tier: self.cleaned_data[f"price_{tier}"] for tier in TIERS if f"price_{tier}" in self.changed_data}
