"""The sandbox's dials as a form: rates as percentages, one checkbox for this person's own number."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.sandbox.client import SERVICES

BOTH = "both"
PERCENTAGES = (
    "failure_rate",
    "server_error_rate",
    "timeout_rate",
    "garbage_rate",
    "receipt_failed_rate",
    "receipt_loss_rate",
    "receipt_duplicate_rate",
)


def percentage(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=100)


class DialsForm(forms.Form):
    """What a visitor may make go wrong."""

    service = forms.ChoiceField(
        label=_("Provider"), choices=[(BOTH, _("SMS and WeChat")), ("sms", _("SMS")), ("wechat", _("WeChat"))]
    )
    latency_ms = forms.IntegerField(label=_("Answers after so many milliseconds"), min_value=0, max_value=60_000)
    throttle_per_s = forms.IntegerField(
        label=_("Messages a second at most (0: any number)"), min_value=0, max_value=1_000_000
    )
    server_error_rate = percentage(_("Server errors, percent of requests"))
    timeout_rate = percentage(_("Never answers, percent of requests"))
    garbage_rate = percentage(_("Answers nonsense, percent of requests"))
    failure_rate = percentage(_("Busy now, percent of messages"))
    receipt_delay_ms = forms.IntegerField(
        label=_("Receipts come after so many milliseconds"), min_value=0, max_value=3_600_000
    )
    receipt_failed_rate = percentage(_("Receipts that say failed, percent"))
    receipt_loss_rate = percentage(_("Receipts that get lost, percent"))
    receipt_duplicate_rate = percentage(_("Receipts that come twice, percent"))
    receipts = forms.BooleanField(label=_("Sends receipts"), required=False)
    receipts_out_of_order = forms.BooleanField(label=_("Receipts in any order"), required=False)
    reject_this = forms.BooleanField(label=_("Refuses this person's number for good"), required=False)

    @classmethod
    def showing(cls, dials: dict[str, dict[str, Any]], addresses: set[str]) -> "DialsForm":
        """The form as the SMS service's dials stand."""
        shown = dials[SERVICES[0]]
        rates = {name: round(shown[name] * 100) for name in PERCENTAGES}
        refused = bool(addresses & set(shown["reject_numbers"]))
        return cls(
            initial={**shown, **rates, "reject_this": refused, "service": BOTH}, auto_id="dial-%s", label_suffix=""
        )

    def changes(self, addresses: set[str]) -> dict[str, Any]:
        """What to set (notifications/sandbox/dials.py); `addresses`: this person's number and openids."""
        values = dict(self.cleaned_data)
        del values["service"]
        refused = values.pop("reject_this")
        values |= {name: values[name] / 100 for name in PERCENTAGES}
        return {**values, "reject_numbers": sorted(addresses) if refused else []}
