"""Customers in the admin: found and shown, with their numbers masked."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.permissions import register_permission_policy

from members.models import Customer
from members.staff import masking
from members.staff.finding import FindingIndexView, people_matching
from members.staff.permissions import OnlyActions
from members.staff.showing import ShowingInspectView, ShowingViewSet

register_permission_policy(Customer, OnlyActions(Customer, actions={"view"}))


class CustomerIndexView(FindingIndexView):
    find_help = _("Customer number, name, whole mobile number, or policy number")

    def matching(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        return queryset.filter(people_matching(text) | Q(policy_roles__policy__policy_no=text))


class CustomerInspectView(ShowingInspectView):
    def get_id_no_display_value(self) -> str:
        return masking.document(self.object.id_no)

    def get_mobile_display_value(self) -> str:
        return masking.phone(self.object.mobile)

    def get_email_display_value(self) -> str:
        return masking.email(self.object.email)

    def get_field_label(self, field_name: str, field: Any) -> str:
        return gettext("Policies") if field_name == "policy_roles" else super().get_field_label(field_name, field)

    def get_policy_roles_display_value(self) -> str:
        roles = self.object.policy_roles.select_related("policy").order_by("policy__policy_no", "role")
        return ", ".join(f"{role.policy.policy_no} ({role.get_role_display()})" for role in roles) or "—"


class CustomerViewSet(ShowingViewSet):
    model = Customer
    name = "customers"
    icon = "user"
    menu_label = _("Customers")
    index_view_class, inspect_view_class = CustomerIndexView, CustomerInspectView
    ordering = ("customer_no",)
    list_display = (
        "name",
        Column("customer_no", label=_("Customer number"), sort_key="customer_no"),
        Column("kind", label=_("Kind"), accessor="get_kind_display"),
        Column("mobile", label=_("Mobile number"), accessor=lambda customer: masking.phone(customer.mobile)),
        Column("city", label=_("City")),
        DateColumn("core_updated_at", label=_("Updated in the core")),
    )
    inspect_view_fields = (
        *("customer_no", "kind", "name", "name_en", "gender", "birth_date"),
        *("id_type", "id_no", "id_valid_to", "mobile", "email", "province", "city", "district", "postcode"),
        *("language", "eletter_consent", "guardian", "deceased_on", "policy_roles", "core_updated_at"),
    )
