"""Several files in one field."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class DocumentsField(forms.FileField):
    """Cleans to a list of files, empty where none was chosen. What they are is looked at by whoever keeps them."""

    widget = SeveralFiles(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": _("PDF, JPEG or PNG, at most 10 MB each.")} | kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        chosen = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if not chosen and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        # An empty file is refused with the others' reasons.
        return chosen
