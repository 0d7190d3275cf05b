"""Pages that show what nobody changes here: the mirror of the insurer's core, and the log of its events."""

from typing import Any

from django.db.models import Model
from django.urls import URLPattern
from django.utils.translation import gettext as _
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

SHOWN = ("index", "index_results", "inspect")


class ShowingInspectView(generic.InspectView):
    any_permission_required = ("view",)

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        value = super().get_field_display_value(field_name, field)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return "—" if value in (None, "") else value


class ShowingViewSet(ModelViewSet):
    """Lists and shows; has no address for anything else, except its own one named `add` where it `adds`."""

    model: type[Model]
    adds = False
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_class = ShowingInspectView
    exclude_form_fields = ()
    list_per_page = 50

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("edit_url_name", "delete_url_name", "history_url_name", "usage_url_name"))
        if not self.adds:
            absent["add_url_name"] = None
        return super().get_common_view_kwargs(**{**kwargs, **absent})

    def get_form_class(self, for_update: bool = False) -> None:
        return None

    def get_urlpatterns(self) -> list[URLPattern]:
        return [pattern for pattern in super().get_urlpatterns() if pattern.name in SHOWN]
