"""Pools of voucher codes: how many are left, and what expires. No page of the staff shows a code."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, StatusFlagColumn, TitleColumn
from wagtail.admin.views import generic

from members.staff.figure_column import FigureColumn
from members.staff.showing import ShowingInspectView, ShowingViewSet
from points.actions.import_voucher_codes import ADD
from points.models import Reward, VoucherCode
from points.models.voucher import EXPIRING_DAYS, LEAST_DAYS_LEFT
from points.staff.voucher_batches import AVAILABLE, BatchPage, ImportCodes, WithdrawCodes


def with_counts(pools: QuerySet[Reward]) -> QuerySet[Reward]:
    """`left` to be had, `assigned`, `expiring` soon, and the `next_expiry`."""
    today = timezone.localdate()
    lasts = Q(codes__expires_on=None) | Q(codes__expires_on__gte=today + timedelta(days=LEAST_DAYS_LEFT))
    ends = Q(codes__expires_on__lt=today + timedelta(days=EXPIRING_DAYS))
    return pools.annotate(
        left=Count("codes", filter=AVAILABLE & lasts),
        assigned=Count("codes", filter=Q(codes__state=VoucherCode.State.ASSIGNED)),
        expiring=Count("codes", filter=AVAILABLE & ends),
        next_expiry=Min("codes__expires_on", filter=AVAILABLE),
    )


def is_low(pool: Any) -> bool:
    return bool(pool.left <= pool.alert_below)


class VoucherPoolIndex(generic.IndexView):
    any_permission_required = ("view",)
    page_title = _("Voucher pools")

    def get_base_queryset(self) -> QuerySet[Reward]:
        return with_counts(Reward.objects.pools())


class VoucherPoolPage(ShowingInspectView):
    template_name = "points/staff/voucher_pool.html"
    page_title = _("Voucher pool")

    def get_page_subtitle(self) -> str:
        return str(self.object.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pool = with_counts(Reward.objects.filter(pk=self.object.pk)).get()
        batches = pool.batches.annotate(left=Count("codes", filter=AVAILABLE))
        return super().get_context_data(
            pool=pool,
            is_low=is_low(pool),
            batches=batches.select_related("imported_by").order_by("-pk"),
            expiring_days=EXPIRING_DAYS,
            least_days=LEAST_DAYS_LEFT,
            may_add=self.request.user.has_perm(ADD),
            may_change=self.request.user.has_perm("points.change_reward"),
            **kwargs,
        )


class VoucherPoolViewSet(ShowingViewSet):
    model = Reward
    name = "voucher_pools"
    url_prefix = "rewards/voucher-pools"
    icon = "tag"
    menu_label = _("Voucher pools")
    menu_name = "voucher-pools"
    index_view_class, inspect_view_class = VoucherPoolIndex, VoucherPoolPage
    inspect_template_name = VoucherPoolPage.template_name
    ordering = ("kind", "cost_points", "sku")
    list_display = (
        TitleColumn("name", label=_("Reward"), url_name="voucher_pools:inspect"),
        Column("sku", label=_("Code")),
        FigureColumn("left", label=_("To be had")),
        StatusFlagColumn("low", label=_("State"), accessor=is_low, true_label=_("running low")),
        FigureColumn("assigned", label=_("Given to members")),
        FigureColumn("expiring", label=_("Expiring soon")),
        Column("next_expiry", label=_("Next expiry"), accessor=lambda pool: pool.next_expiry or "—"),
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("<int:pk>/import/", ImportCodes.as_view(), name="import"),
            path("<int:pk>/batches/<int:batch_id>/", BatchPage.as_view(), name="batch"),
            path("<int:pk>/batches/<int:batch_id>/withdraw/", WithdrawCodes.as_view(), name="withdraw"),
        ]
