"""Handing in the policy book: upload, live progress, result, rejects."""

from typing import Any, cast

from django import forms
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, View
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permissions import register_permission_policy

from members.actions.import_policy_book import SHEETS
from members.actions.start_book_import import start_book_import
from members.book.delivery import OUTCOMES
from members.book.describing import describe
from members.models import BookImport, BookImportFile, Member
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet
from members.tasks import import_uploaded_book

#: The worker opens a file as a whole; for more there is `manage.py import_policy_book`.
LARGEST_FILE_BYTES = 64 * 1024 * 1024
BOM = b"\xef\xbb\xbf"

# To see what was handed in takes the same permission as to hand it in.
register_permission_policy(BookImport, OnlyActions(BookImport, actions={"add"}))


def csv_field(name: str) -> forms.FileField:
    return forms.FileField(label=name, required=False, widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))


class UploadForm(forms.Form):
    agents = csv_field("agents.csv")
    products = csv_field("products.csv")
    customers = csv_field("customers.csv")
    policies = csv_field("policies.csv")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, file in list(data.items()):
            if file and file.size > LARGEST_FILE_BYTES:
                limit = filesizeformat(LARGEST_FILE_BYTES)
                self.add_error(name, _("The file is larger than %(limit)s.") % {"limit": limit})
        if not self.errors and not any(data.values()):
            # An empty upload counts as none; the field itself refuses it.
            raise forms.ValidationError(_("Choose at least one file."))
        return data

    def uploads(self) -> dict[str, File]:
        return {f"{name}.csv": file for name, file in self.cleaned_data.items() if isinstance(file, UploadedFile)}


class UploadView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    model = BookImport
    permission_required = "add"
    form_class = UploadForm
    template_name = "members/book_import/upload.html"
    page_title = _("Import the policy book")
    header_icon = "upload"
    index_url_name = "book_imports:index"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse(self.index_url_name), "label": BookImport._meta.verbose_name_plural}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheets = [(sheet.file_name, describe(sheet)) for sheet in SHEETS]
        return super().get_context_data(sheets=sheets, **kwargs)

    def form_valid(self, form: UploadForm) -> HttpResponse:
        with transaction.atomic():
            delivery = start_book_import(
                uploaded_by=cast(Member, self.request.user),
                uploads=form.uploads(),
                language=get_language() or "zh-hans",
            )
            transaction.on_commit(lambda: import_uploaded_book.delay(delivery.pk), robust=True)
        return redirect("book_imports:inspect", delivery.pk)


def progress_of(delivery: BookImport) -> dict[str, Any]:
    files = delivery.files.order_by("pk")
    return {
        "delivery": delivery,
        "files": [(file, [file.counts.get(outcome, 0) for outcome in OUTCOMES]) for file in files],
        "going_on": delivery.state not in BookImport.SETTLED,
    }


@method_decorator(never_cache, name="dispatch")
class ResultView(ShowingInspectView):
    any_permission_required = ("add",)
    template_name = "members/book_import/result.html"
    page_title = _("Import of the policy book")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, **progress_of(self.object))


@method_decorator(never_cache, name="dispatch")
class ProgressView(ResultView):
    """The part of the page that moves."""

    template_name = "members/book_import/_progress.html"


@method_decorator(never_cache, name="dispatch")
class RejectsView(PermissionCheckedMixin, View):
    model = BookImport
    permission_required = "add"

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        file = get_object_or_404(BookImportFile, delivery=pk, name=name)
        if not file.rejects:
            raise Http404
        # With a byte order mark, spreadsheets read Chinese right; the import tolerates it.
        response = HttpResponse(BOM + file.rejects.read(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{file.name}.rejects.csv"'
        return response


class BookImportIndexView(generic.IndexView):
    any_permission_required = ("add",)


class BookImportViewSet(ShowingViewSet):
    model = BookImport
    adds = True
    name = "book_imports"
    icon = "upload"
    menu_label = _("Imports")
    index_view_class, inspect_view_class = BookImportIndexView, ResultView
    ordering = ("-pk",)
    list_display = (
        "__str__",
        DateColumn("uploaded_at", label=_("Uploaded")),
        Column("uploaded_by", label=_("By"), accessor="uploaded_by.name"),
        Column("state", label=_("State"), accessor="get_state_display"),
        DateColumn("finished_at", label=_("Finished")),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("new/", UploadView.as_view(), name="add"),
            path("<int:pk>/progress/", self.construct_view(ProgressView), name="progress"),
            path("<int:pk>/rejects/<str:name>", RejectsView.as_view(), name="rejects"),
        ]
