"""Forms whose action may still refuse what the form itself found right."""

from typing import Any

from django.http import HttpResponse


class Refusing:
    """Of a page that adds or changes; stands before Wagtail's class."""

    def refuse(self, form: Any, field: str, refusal: Exception) -> HttpResponse:
        """The form once more, with what was refused at the field that it is about."""
        form.add_error(field, str(refusal))
        view: Any = self
        view.produced_error_code, view.produced_error_message = "validation_error", view.get_error_message()
        return view.form_invalid(form)
