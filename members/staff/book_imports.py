"""Handing in the policy book."""

from django.utils.translation import gettext_lazy as _
from wagtail.permissions import register_permission_policy

from members.actions.import_policy_book import SHEETS
from members.models import BookImport
from members.staff.deliveries import DeliveryViewSet, UploadView
from members.staff.permissions import OnlyActions
from members.tasks import import_uploaded_book

# To see what was handed in takes the same permission as to hand it in.
register_permission_policy(BookImport, OnlyActions(BookImport, actions={"add"}))


class BookUploadView(UploadView):
    page_title = _("Import the policy book")
    sheets = SHEETS
    introduction = _(
        "Hand in any of the four files; those that name others may come together with them or later. Rows that are "
        "wrong are put aside with the reason, for download and mending; the others go in."
    )
    task = import_uploaded_book


class BookImportViewSet(DeliveryViewSet):
    model = BookImport
    name = "book_imports"
    upload_view_class = BookUploadView
