"""What staff fill in about a site: where it is, when it is open, what it offers."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from benefits.actions.keep_site import Offer
from benefits.models import Service, Site
from benefits.network.cells import Hours, hours, hours_text
from benefits.staff.of_provider import OfProviderForm
from members.book.faults import BadCell

LONGEST_SLOT, MOST_GUESTS = 24 * 60, 1_000


class HoursField(forms.Field):
    """Hours of a weekday, as the import writes them; with the punctuation of a Chinese keyboard, too."""

    def to_python(self, value: Any) -> Hours:
        text = str(value or "").strip()
        for typed, meant in (("：", ":"), ("—", "-"), ("–", "-"), ("｜", "|")):
            text = text.replace(typed, meant)
        try:
            return hours(text) if text else []
        except BadCell as fault:
            raise forms.ValidationError(str(fault.args[0])) from None

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else hours_text(value or [])


class SiteForm(OfProviderForm):
    """With a field for each weekday, and three for each service that is booked for a time at a place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site: Site = self.instance
        spans: dict[int, Hours] = {weekday: [] for weekday in WEEKDAYS}
        offers: dict[int, Any] = {}
        if site.pk:
            for each in site.hours.all():
                spans[each.weekday].append((each.opens, each.closes))
            offers = {each.service_id: each for each in site.services.all()}
        for weekday, name in WEEKDAYS.items():
            self.fields[f"hours_{weekday}"] = HoursField(label=name, required=False, initial=spans[weekday])
        self.services = list(Service.objects.filter(mode=Service.Mode.SLOT))
        for service in self.services:
            offer = offers.get(service.pk)
            self.fields[f"capacity_{service.pk}"] = forms.IntegerField(
                label=_("guests a slot"),
                min_value=0,
                max_value=MOST_GUESTS,
                required=False,
                initial=offer.capacity if offer else None,
            )
            self.fields[f"minutes_{service.pk}"] = forms.IntegerField(
                label=_("minutes of a slot"),
                min_value=5,
                max_value=LONGEST_SLOT,
                required=False,
                initial=offer.slot_minutes if offer else None,
            )
            self.fields[f"offered_{service.pk}"] = forms.BooleanField(
                label=_("offered here"), required=False, initial=bool(offer and offer.is_offered)
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for service in self.services:
            names = [f"{part}_{service.pk}" for part in ("minutes", "capacity")]
            filled = [data.get(name) is not None for name in names]
            if data.get(f"offered_{service.pk}") or any(filled):
                for name in (name for name, is_filled in zip(names, filled, strict=True) if not is_filled):
                    if name not in self.errors:
                        self.add_error(name, _("Say both, or leave the service empty."))
        return data

    def hours(self) -> dict[int, Hours]:
        """Those that were touched."""
        return {
            weekday: self.cleaned_data[f"hours_{weekday}"]
            for weekday in WEEKDAYS
            if self.instance.pk is None or f"hours_{weekday}" in self.changed_data
        }

    def offers(self) -> dict[Service, Offer | None]:
        return {service: self.offer(service) for service in self.services}

    def offer(self, service: Service) -> Offer | None:
        minutes, capacity, is_offered = (
            self.cleaned_data[f"{part}_{service.pk}"] for part in ("minutes", "capacity", "offered")
        )
        return None if minutes is None or capacity is None else Offer(minutes, capacity, is_offered)

    def own_fields(self) -> list[Any]:
        return [self[name] for name in self._meta.fields]

    def weekday_fields(self) -> list[Any]:
        return [self[f"hours_{weekday}"] for weekday in WEEKDAYS]

    def service_fields(self) -> list[tuple[str, list[Any]]]:
        """The name of a service, and its fields."""
        return [
            (service.name, [self[f"{part}_{service.pk}"] for part in ("minutes", "capacity", "offered")])
            for service in self.services
        ]
