"""Forms whose model is written by an action."""

from abc import ABC, abstractmethod
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from wagtail.log_actions import log


class KeptByAction(ABC):
    """For Wagtail's views that create and edit. What they write themselves stands in the audit log; so does this."""

    form: Any
    request: HttpRequest

    @abstractmethod
    def keep(self) -> Model:
        """Writes what the form says; what it raises is answered by the view."""

    def save_instance(self) -> Model:
        action = "wagtail.create" if self.form.instance.pk is None else "wagtail.edit"
        kept = self.keep()
        log(instance=kept, action=action, user=self.request.user, content_changed=self.form.has_changed())
        return kept
