"""Where Wagtail's admin finds the staff's pages."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.log_actions import LogActionRegistry

from members.staff.api_keys import ApiKeyViewSet
from members.staff.assurance_menu import AssuranceGroup
from members.staff.customers_menu import CustomersGroup
from members.staff.face_reviews import FaceReviewViewSet
from members.staff.home import HOOK, WaitingPanel, WorkPanel, members_waiting
from members.staff.member_file import MemberFileViewSet
from members.staff.parked_events import RedriveBulkAction
from members.staff.policy_events_menu import PolicyEventsGroup


@hooks.register("construct_homepage_panels")
def what_waits(request: HttpRequest, panels: list[Component]) -> None:
    panels += [WaitingPanel(), WorkPanel()]


hooks.register(HOOK, members_waiting)


@hooks.register("insert_global_admin_css")
def staff_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("members/staff.css"))


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


@hooks.register("register_admin_viewset")
def policy_events() -> PolicyEventsGroup:
    return PolicyEventsGroup()


hooks.register("register_bulk_action", RedriveBulkAction)


@hooks.register("register_log_actions")
def policy_event_actions(actions: LogActionRegistry) -> None:
    actions.register_action("members.see_event_data", _("Show the data"), _("was shown the data"))
    actions.register_action("members.redrive_event", _("Try again"), _("had it tried again"))


@hooks.register("register_permissions")
def policy_event_permissions() -> QuerySet[Permission]:
    codenames = ("view_policyevent", "see_policyevent_data", "view_parkedevent", "redrive_parkedevent")
    return Permission.objects.filter(content_type__app_label="members", codename__in=codenames)


@hooks.register("register_admin_viewset")
def assurance() -> AssuranceGroup:
    return AssuranceGroup()


@hooks.register("register_admin_viewset")
def member_files() -> MemberFileViewSet:
    return MemberFileViewSet()


@hooks.register("register_admin_viewset")
def face_reviews() -> FaceReviewViewSet:
    return FaceReviewViewSet()
