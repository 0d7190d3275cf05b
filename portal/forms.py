"""How every form is drawn: by our parts, what is wrong first, and with what was typed before the language changed."""

from typing import Any

from django.forms import BoundField
from django.forms.renderers import DjangoTemplates
from django.forms.widgets import Widget
from django.utils.translation import gettext_noop

from portal.typed import typed

# Django's, in plainer words: our own translations come before those of packages.
gettext_noop("This field is required.")

#: What nobody may read over a shoulder, or keep for later.
SECRET_INPUTS = {"password", "file", "hidden"}


class PartsField(BoundField):
    """The first field that is wrong takes the focus, by HTML alone."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if self.errors and self.name == next(iter(self.wrong_fields()), None):
            attrs["autofocus"] = True
        return attrs

    def wrong_fields(self) -> list[str]:
        """In the order of the page. None if the form as a whole is wrong: then that takes the focus."""
        if self.form.non_field_errors():
            return []
        return [field.name for field in self.form.visible_fields() if field.errors]

    @property
    def may_be_kept(self) -> bool:
        """Whether what is typed here may be stored (sealed) while the page is shown anew."""
        widget = self.field.widget
        one_time = widget.attrs.get("autocomplete") == "one-time-code"
        return getattr(widget, "input_type", "") not in SECRET_INPUTS and not one_time

    def value(self) -> Any:
        kept = typed.get()
        if not kept or self.form.is_bound or self.html_name not in kept.getlist("display-keep"):
            return super().value()
        return self.field.prepare_value(self.field.widget.value_from_datadict(kept, {}, self.html_name))


class PartsRenderer(DjangoTemplates):
    form_template_name = "portal/parts/form.html"
    field_template_name = "portal/parts/field.html"
    bound_field_class = PartsField
