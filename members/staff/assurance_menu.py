"""The menu "Assurance": what actions ask of members, and who changes that."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSetGroup

from members.staff.action_policies import ActionPolicyViewSet
from members.staff.policy_changes import PolicyChangeViewSet


class AssuranceGroup(ViewSetGroup):
    menu_label = _("Assurance")
    menu_icon = "lock"
    menu_name = "assurance"
    menu_order = 230
    items = (ActionPolicyViewSet, PolicyChangeViewSet)
