"""Policies in the admin: found and shown."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.permissions import register_permission_policy

from members.models import Policy
from members.staff import masking
from members.staff.finding import FindingIndexView, people_matching
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet

register_permission_policy(Policy, OnlyActions(Policy, actions={"view"}))


class PolicyIndexView(FindingIndexView):
    find_help = _("Policy number, or name, number or whole mobile number of somebody in the policy")

    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().select_related("product")

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(Q(policy_no=text) | people_matching(text, "roles__customer__"))


class PolicyInspectView(ShowingInspectView):
    def get_premium_account_display_value(self) -> str:
        return masking.document(self.object.premium_account)

    def get_field_label(self, field_name: str, field: Any) -> str:
        return gettext("People") if field_name == "roles" else super().get_field_label(field_name, field)

    def get_roles_display_value(self) -> str:
        roles = self.object.roles.select_related("customer").order_by("role", "pk")
        return ", ".join(
            " ".join(
                filter(
                    None,
                    [
                        f"{role.get_role_display()}: {role.customer}",
                        role.get_relation_display(),
                        f"{role.share} %" if role.share is not None else "",
                    ],
                )
            )
            for role in roles
        )


class PolicyViewSet(ShowingViewSet):
    model = Policy
    name = "policies"
    icon = "doc-full"
    menu_label = _("Policies")
    index_view_class, inspect_view_class = PolicyIndexView, PolicyInspectView
    ordering = ("policy_no",)
    list_display = (
        "policy_no",
        Column("product", label=_("Product")),
        Column("status", label=_("Status"), accessor="get_status_display", sort_key="status"),
        Column("premium", label=_("Premium")),
        Column("paid_to_on", label=_("Paid to"), sort_key="paid_to_on"),
        DateColumn("core_updated_at", label=_("Updated in the core")),
    )
    inspect_view_fields = (
        *("policy_no", "product", "status", "roles", "agent", "sales_channel"),
        *("applied_on", "effective_on", "delivered_on", "receipt_signed_on", "callback_done_on"),
        *("cooling_off_ends_on", "waiting_period_ends_on", "guarantee_ends_on", "expires_on"),
        *("annuity_starts_on", "proof_of_life_due_on"),
        *("premium", "frequency", "premium_term_years", "paid_to_on", "premium_holiday_until", "lapsed_on"),
        *("sum_assured", "cash_value", "account_value", "loan_balance", "loan_due_on", "premium_account"),
        "core_updated_at",
    )
