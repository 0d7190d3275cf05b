"""The form that staff log in with."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.auth import LoginForm


class StaffLoginForm(LoginForm):
    """Wagtail's, in our words: it puts the name of the field into a sentence, which Chinese doesn't bear."""

    error_messages = {
        **LoginForm.error_messages,
        "invalid_login": _("Number and password do not belong together. Please try again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs["placeholder"] = _("Enter your mobile number")
        self.fields["password"].label = _("Password")
