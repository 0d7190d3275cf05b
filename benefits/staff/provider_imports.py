"""Handing in files of the network of providers."""

from django.utils.translation import gettext_lazy as _
from wagtail.permissions import register_permission_policy

from benefits.models import ProviderImport
from benefits.network.sheets import SHEETS
from benefits.tasks import import_uploaded_providers
from members.staff.deliveries import DeliveryViewSet, UploadView
from members.staff.permissions import OnlyActions

# To see what was handed in takes the same permission as to hand it in.
register_permission_policy(ProviderImport, OnlyActions(ProviderImport, actions={"add"}))


class ProviderUploadView(UploadView):
    page_title = _("Import providers")
    sheets = SHEETS
    introduction = _(
        "Hand in any of the seven files; those that name others may come together with them or later. A row that is "
        "known replaces what stands here. Rows that are wrong are put aside with the reason, for download and mending; "
        "the others go in."
    )
    task = import_uploaded_providers


class ProviderImportViewSet(DeliveryViewSet):
    model = ProviderImport
    name = "provider_imports"
    url_prefix = "providers/imports"
    menu_name = "provider-imports"
    upload_view_class = ProviderUploadView
