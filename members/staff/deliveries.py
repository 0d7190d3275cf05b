"""Handing in files to be imported: upload, live progress, result, rejects. What is imported, subclasses say."""

from collections.abc import Sequence
from typing import Any, cast

from celery import Task
from django import forms
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, View
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from members.actions.run_delivery import files_of
from members.actions.start_delivery import start_delivery
from members.book.delivery import OUTCOMES
from members.book.describing import describe
from members.book.sheet import Sheet
from members.models import Delivery, Member
from members.staff.showing import ShowingInspectView, ShowingViewSet

#: The worker opens a file as a whole; for more there is `manage.py import_policy_book`.
LARGEST_FILE_BYTES = 64 * 1024 * 1024
BOM = b"\xef\xbb\xbf"


def csv_field(name: str) -> forms.FileField:
    return forms.FileField(label=name, required=False, widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))


class UploadForm(forms.Form):
    """A field for each of the sheets."""

    def __init__(self, *args: Any, sheets: Sequence[Sheet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {sheet.name: csv_field(sheet.file_name) for sheet in sheets}

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
    """`sheets`: the files, in their order. `introduction`: what becomes of them."""

    model: type[Delivery] = Delivery  # type: ignore[type-abstract]
    permission_required = "add"
    form_class = UploadForm
    template_name = "members/book_import/upload.html"
    header_icon = "upload"
    index_url_name = ""
    inspect_url_name = ""
    sheets: Sequence[Sheet] = ()
    introduction: str | Promise = ""
    task: Task

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "sheets": self.sheets}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        index = {"url": reverse(self.index_url_name), "label": self.model._meta.verbose_name_plural}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sheets = [(sheet.file_name, describe(sheet)) for sheet in self.sheets]
        return super().get_context_data(sheets=sheets, introduction=self.introduction, **kwargs)

    def form_valid(self, form: UploadForm) -> HttpResponse:
        with transaction.atomic():
            delivery = start_delivery(
                model=self.model,
                names=[sheet.file_name for sheet in self.sheets],
                uploaded_by=cast(Member, self.request.user),
                uploads=form.uploads(),
                language=get_language() or "zh-hans",
            )
            transaction.on_commit(lambda: self.task.delay(delivery.pk), robust=True)
        return redirect(self.inspect_url_name, delivery.pk)


def progress_of(delivery: Delivery) -> dict[str, Any]:
    files = files_of(delivery).order_by("pk")
    return {
        "delivery": delivery,
        "files": [(file, [file.counts.get(outcome, 0) for outcome in OUTCOMES]) for file in files],
        "going_on": delivery.state not in Delivery.SETTLED,
    }


@method_decorator(never_cache, name="dispatch")
class ResultView(ShowingInspectView):
    any_permission_required = ("add",)
    template_name = "members/book_import/result.html"
    inspect_url_name = ""
    progress_url_name = ""
    rejects_url_name = ""

    def get_page_title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, **progress_of(self.object))


@method_decorator(never_cache, name="dispatch")
class ProgressView(ResultView):
    """The part of the page that moves."""

    template_name = "members/book_import/_progress.html"


@method_decorator(never_cache, name="dispatch")
class RejectsView(PermissionCheckedMixin, View):
    model: type[Delivery] = Delivery  # type: ignore[type-abstract]
    permission_required = "add"

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        file = get_object_or_404(files_of(get_object_or_404(self.model, pk=pk)), name=name)
        if not file.rejects:
            raise Http404
        # With a byte order mark, spreadsheets read Chinese right; the import tolerates it.
        response = HttpResponse(BOM + file.rejects.read(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{file.name}.rejects.csv"'
        return response


class DeliveryIndexView(generic.IndexView):
    any_permission_required = ("add",)


class DeliveryViewSet(ShowingViewSet):
    """`upload_view_class` says what is imported. To see what was handed in takes the permission to hand it in."""

    model: type[Delivery]
    upload_view_class: type[UploadView]
    adds = True
    icon = "upload"
    menu_label = _("Imports")
    index_view_class, inspect_view_class = DeliveryIndexView, ResultView
    ordering = ("-pk",)
    list_display = (
        "__str__",
        DateColumn("uploaded_at", label=_("Uploaded")),
        Column("uploaded_by", label=_("By"), accessor="uploaded_by.name"),
        Column("state", label=_("State"), accessor="get_state_display"),
        DateColumn("finished_at", label=_("Finished")),
    )

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        own = {f"{name}_url_name": self.get_url_name(name) for name in ("progress", "rejects")}
        return super().get_common_view_kwargs(**{**own, **kwargs})

    def get_urlpatterns(self) -> list[URLPattern]:
        upload = self.upload_view_class.as_view(
            model=self.model,
            index_url_name=self.get_url_name("index"),
            inspect_url_name=self.get_url_name("inspect"),
        )
        return [
            *super().get_urlpatterns(),
            path("new/", upload, name="add"),
            path("<int:pk>/progress/", self.construct_view(ProgressView), name="progress"),
            path("<int:pk>/rejects/<str:name>", RejectsView.as_view(model=self.model), name="rejects"),
        ]
