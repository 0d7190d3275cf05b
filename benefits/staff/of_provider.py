"""What belongs to a provider stays with it: the guests of a site and the prices of a contract are nobody else's."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from benefits.models import Provider


class OfProviderForm(WagtailAdminModelForm):
    def clean_provider(self) -> Provider:
        provider: Provider = self.cleaned_data["provider"]
        if self.instance.pk and "provider" in self.changed_data:
            raise forms.ValidationError(_("This stays with its provider: end it, and add another there."))
        return provider
