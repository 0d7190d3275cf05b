"""Handing in codes that were bought, what became of each line, and withdrawing what is left of a batch."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from members.book.describing import describe
from members.book.faults import FileRefused
from members.models import Member
from members.templatetags.figures import grouped
from points.actions.import_voucher_codes import ADD, MOST_FAULTS, VOUCHERS, import_voucher_codes
from points.actions.withdraw_voucher_codes import WITHDRAW, withdraw_voucher_codes
from points.models import Reward, VoucherCode
from points.rewards.voucher_faults import told

LARGEST_FILE_BYTES = 4 * 1024 * 1024
VIEW = "points.view_voucherbatch"
AVAILABLE = Q(codes__state=VoucherCode.State.AVAILABLE)


class OfPool(PermissionRequiredMixin, WagtailAdminTemplateMixin):
    """A page below a pool's own."""

    header_icon = "upload"
    pool: Reward

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.has_permission():
            self.pool = get_object_or_404(Reward.objects.pools(), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return str(self.pool.name)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [
            *super().get_breadcrumbs_items(),
            {"url": reverse("voucher_pools:index"), "label": _("Voucher pools")},
            {"url": reverse("voucher_pools:inspect", args=[self.pool.pk]), "label": self.pool.name},
            {"url": "", "label": self.page_title},
        ]


class ImportForm(forms.Form):
    file = forms.FileField(label=_("file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE_BYTES:
            limit = filesizeformat(LARGEST_FILE_BYTES)
            raise forms.ValidationError(_("The file is larger than %(limit)s.") % {"limit": limit})
        return file


class ImportCodes(OfPool, FormView):
    permission_required = ADD
    template_name = "points/staff/voucher_import.html"
    page_title = _("Import codes")
    form_class = ImportForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(columns=describe(VOUCHERS), **kwargs)

    def form_valid(self, form: ImportForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        try:
            batch = import_voucher_codes(
                reward=self.pool, file=file.file, file_name=file.name, by=cast(Member, self.request.user)
            )
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
            return self.form_invalid(form)
        said = ngettext("%(count)s code was added.", "%(count)s codes were added.", batch.added)
        messages.success(self.request, said % {"count": grouped(batch.added)})
        return redirect("voucher_pools:batch", self.pool.pk, batch.pk)


class OfBatch(OfPool):
    """A page about one import; `batch.left`: how many of its codes can still be given away."""

    @cached_property
    def batch(self) -> Any:
        batches = self.pool.batches.annotate(left=Count("codes", filter=AVAILABLE)).select_related("imported_by")
        return get_object_or_404(batches, pk=self.kwargs["batch_id"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(pool=self.pool, batch=self.batch, **kwargs)


class BatchPage(OfBatch, TemplateView):
    permission_required = VIEW
    template_name = "points/staff/voucher_batch.html"
    page_title = _("Import of codes")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        batch = self.batch
        return super().get_context_data(
            faults=[told(stored) for stored in batch.faults],
            more_faults=max(0, batch.rejected + batch.duplicates - MOST_FAULTS),
            may_withdraw=bool(batch.left) and self.request.user.has_perm(WITHDRAW),
            **kwargs,
        )


class WithdrawForm(forms.Form):
    because = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever audits this in years reads it. No personal data, and no codes."),
    )


class WithdrawCodes(OfBatch, FormView):
    """Says what will be gone, and withdraws it: nobody is given what is left of this batch any more."""

    permission_required = WITHDRAW
    template_name = "points/staff/voucher_withdraw.html"
    page_title = _("Withdraw what is left")
    header_icon = "warning"
    form_class = WithdrawForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where nothing is left there is nothing to ask."""
        return super().get(request, *args, **kwargs) if self.batch.left else self.back()

    def form_valid(self, form: WithdrawForm) -> HttpResponse:
        because = form.cleaned_data["because"]
        count = withdraw_voucher_codes(batch=self.batch, by=cast(Member, self.request.user), because=because)
        if count:
            said = ngettext("%(count)s code was withdrawn.", "%(count)s codes were withdrawn.", count)
            messages.success(self.request, said % {"count": grouped(count)})
        return self.back()

    def back(self) -> HttpResponse:
        return redirect("voucher_pools:batch", self.pool.pk, self.batch.pk)
