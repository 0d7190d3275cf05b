"""Where Wagtail's admin finds the staff's pages."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from members.staff.api_keys import ApiKeyViewSet
from members.staff.customers_menu import CustomersGroup


@hooks.register("register_admin_viewset")
def customers() -> CustomersGroup:
    return CustomersGroup()


@hooks.register("register_admin_viewset")
def api_keys() -> ApiKeyViewSet:
    return ApiKeyViewSet()


@hooks.register("register_log_actions")
def api_key_actions(actions: LogActionRegistry) -> None:
    actions.register_action("members.issue_api_key", _("Issue the key"), _("issued the key"))
    actions.register_action("members.revoke_api_key", _("Revoke the key"), _("revoked the key"))
